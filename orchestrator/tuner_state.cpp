// What is true at a moment of the loop, and whether it ends.
#include <algorithm>

#include "orchestrator/tuner.hpp"
#include "reports/leaderboard.hpp"
#include "search/regret_bound.hpp"

namespace o2v::orchestrator {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kShow{50};     // between two ticks of an observer
constexpr milliseconds kTouch{1000};  // of a run: how much wall time a kill may leave uncounted, and how much
                                      // of the record a power loss may take

milliseconds since(TimePoint start) {
    return std::chrono::duration_cast<milliseconds>(Clock::now() - start);
}

}  // namespace

Trial Tuner::as_it_is(TrialId id) const {
    const Trial& trial = study_.trial(id);
    return order_ ? order_->as_it_is(trial) : trial;
}

bool Tuner::is_open(TrialId id) const {
    const Trial& trial = study_.trial(id);
    if (trial.ending || trial.paused) return false;
    if (!order_ || order_->untold(id).empty()) return true;
    const TrialEvent& last = order_->untold(id).back().event;
    return !std::holds_alternative<TrialEnded>(last) && !std::holds_alternative<Paused>(last);
}

TrialEvent Tuner::completed_event(const protocol::TrialCompleted& done) const {
    if (done.metrics.contains(study_.spec().goal.metric))
        return TrialEnded{done.trial, Completed{done.metrics, done.best_epoch, relative(done.model_path)}};
    std::string names;
    for (const auto& [name, value] : done.metrics) names += (names.empty() ? "" : ", ") + name;
    return TrialEnded{done.trial,
                      Failure{FailureKind::bad_config, "the objective's metric " + study_.spec().goal.metric +
                                                           " was not reported; reported were " + names}};
}

bool Tuner::gives_up(const Trial& trial) const {
    if (trial.ending || trial.attempts.empty() || !trial.attempts.back().failure) return false;
    const auto out_of_memory =
        std::count_if(trial.attempts.begin(), trial.attempts.end(), [](const Attempt& attempt) {
            return attempt.failure && attempt.failure->kind == FailureKind::out_of_memory;
        });
    return trial.attempts.back().failure->kind == FailureKind::bad_config ||
           out_of_memory >= kMaxOutOfMemory || trial.failures_without_progress() >= kMaxFailures ||
           trial.counted_failures() >= kMaxFailuresInAll;
}

std::string Tuner::relative(const std::string& path) const {
    return path.starts_with(options_.folder + '/') ? path.substr(options_.folder.size() + 1) : path;
}

std::optional<std::string> Tuner::why_no_new_trials() {
    const Budget& budget = study_.spec().budget;
    const auto created = static_cast<std::int64_t>(study_.trials().size());
    if (budget.trials && created >= *budget.trials)
        return "the budget of " + std::to_string(*budget.trials) + " trials is used";
    if (options_.max_trials && created >= *options_.max_trials)
        return "--max-trials " + std::to_string(*options_.max_trials) + " is reached";
    if (budget.no_improvement && study_.best() && study_.ended_since_best() >= *budget.no_improvement)
        return "no improvement in " + std::to_string(*budget.no_improvement) + " trials";
    if (budget.expected_gain && bounded_at_ != study_.ended().size()) {
        bounded_at_ = study_.ended().size();
        gain_bound_ = search::regret_bound(study_);
    }
    if (budget.expected_gain && gain_bound_ && *gain_bound_ <= *budget.expected_gain)
        return "at most " + reports::metric_text(*gain_bound_) + " is still to be gained (expected_gain " +
               reports::metric_text(*budget.expected_gain) + ")";
    return std::nullopt;
}

// There are no new trials; will a later run have any?
bool Tuner::ends_for_good() const {
    const std::int64_t created = std::ssize(study_.trials());
    const std::optional<std::int64_t> budget = study_.spec().budget.trials;
    return !options_.max_trials || created < *options_.max_trials || (budget && created >= *budget);
}

std::optional<RunResult> Tuner::why_leave() const {
    const Budget& budget = study_.spec().budget;
    const milliseconds elapsed = since(started_);
    if (budget.time && earlier_ + elapsed >= *budget.time)
        return RunResult{RunEnd::done,
                         "the time budget of " +
                             reports::duration_text(static_cast<double>(budget.time->count()) / 1000) +
                             " is used"};
    if (options_.max_time && elapsed >= *options_.max_time)
        return RunResult{RunEnd::done, "--max-time is reached"};
    const Trial* best = study_.best();
    if (budget.target && best) {
        const double value = *best->value(study_.spec().goal);
        if (!better(study_.spec().goal, *budget.target, value))
            return RunResult{RunEnd::done,
                             "the target " + reports::metric_text(*budget.target) + " is reached"};
    }
    const std::size_t failed = study_.count(TrialState::failed);
    if (failed >= kFailuresToGiveUp &&
        study_.count(TrialState::completed) + study_.count(TrialState::pruned) == 0) {
        const Trial* last = study_.ranking().back();
        return RunResult{RunEnd::failed, "all " + std::to_string(failed) +
                                             " trials so far have failed, the last with: " +
                                             std::get<Failure>(*last->ending).message};
    }
    return std::nullopt;
}

bool Tuner::is_over() const {
    if (abandoned_) return true;
    if (!held_.empty()) return false;
    if (leaving_ || finishing_) return true;
    return waiting_.empty() && !result_.why.empty() && (!order_ || order_->is_empty());
}

// Of the time that has passed, to those that held a slot meanwhile.
void Tuner::charge_energy() {
    if (energy_) energy_->charge(held_);
}

void Tuner::touch_run() {
    storage_.touch_run();
    if (energy_) storage_.record_energy(energy_->joules());
}

RunStatus Tuner::status() const {
    return {since(started_),    earlier_ + since(started_), ended_this_run_,
            executor_.slots(),  options_.max_time,          each_slot(),
            paused_.has_value()};
}

std::vector<SlotStatus> Tuner::each_slot() const {
    std::vector<SlotStatus> all;
    for (int slot = 0; slot < executor_.slots(); ++slot) {
        SlotStatus status;
        status.slot = executor_.slot_text(slot);
        status.state = slot_times_.state(slot);
        status.memory_bytes = executor_.memory_bytes(slot);
        all.push_back(std::move(status));
    }
    for (const auto& [trial, slot] : held_) {
        SlotStatus& status = all[static_cast<std::size_t>(slot)];
        status.trial = trial;
        status.in_epoch = since(slot_times_.since(slot));
    }
    return all;
}

void Tuner::observe_time() {
    if (since(touched_) >= kTouch) {
        touch_run();
        storage_.sync();
        touched_ = Clock::now();
    }
    if (since(shown_) < kShow) return;
    shown_ = Clock::now();
    observer_.tick(study_, status());
}

}  // namespace o2v::orchestrator
