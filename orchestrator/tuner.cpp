#include "orchestrator/tuner.hpp"

#include <unistd.h>

#include <algorithm>
#include <cmath>

#include "orchestrator/machine.hpp"
#include "reports/leaderboard.hpp"
#include "search/regret_bound.hpp"
#include "search/study/errors.hpp"

namespace o2v::orchestrator {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kTick{200};
constexpr milliseconds kTouch{1000};  // how much of a run's wall time a kill -9 may leave uncounted

milliseconds since(TimePoint start) {
    return std::chrono::duration_cast<milliseconds>(Clock::now() - start);
}

}  // namespace

Tuner::Tuner(const Experiment& experiment, Study& study, Storage& storage, const search::Searcher& searcher,
             const search::Pruner& pruner, Executor& executor, StudyObserver& observer, TunerOptions options)
    : experiment_(experiment),
      study_(study),
      storage_(storage),
      searcher_(searcher),
      pruner_(pruner),
      executor_(executor),
      observer_(observer),
      options_(std::move(options)) {}

RunResult Tuner::run() {
    started_ = Clock::now();
    storage_.start_run(getpid(), host_name());
    earlier_ = milliseconds(storage_.milliseconds_of_runs());
    settle_earlier_runs();
    for (;;) {
        if (!leaving_)
            if (auto end = why_leave()) leave(*std::move(end));
        fill_slots();
        if (held_.empty() && (leaving_ || (waiting_.empty() && !result_.why.empty()))) break;
        handle(executor_.wait(Clock::now() + kTick));
        observe_time();
    }
    storage_.touch_run();
    executor_.shut_down();
    observer_.finished(study_, result_.why);
    return result_;
}

// Attempts that an earlier o2v-tune left open are lost; they do not count against the trial.
void Tuner::settle_earlier_runs() {
    std::vector<TrialEvent> events;
    for (const Trial& trial : study_.trials()) {
        if (trial.ending) continue;
        if (trial.state() == TrialState::running)
            events.push_back(AttemptFailed{trial.id, trial.attempts.back().started.attempt, FailureKind::lost,
                                           "the o2v-tune that ran it ended without a farewell"});
        if (!trial.paused) waiting_.insert(trial.id);
    }
    record(events);
    events.clear();
    for (const TrialId id : waiting_)
        if (auto end = verdict_on_failures(study_.trial(id))) events.push_back(*std::move(end));
    record(events);
}

void Tuner::fill_slots() {
    while (!leaving_) {
        const std::optional<int> slot = executor_.free_slot();
        if (!slot) return;
        const std::optional<TrialId> trial = next_trial();
        if (!trial) return;
        launch(*slot, *trial);
    }
}

void Tuner::handle(const std::vector<Happening>& happenings) {
    std::vector<TrialEvent> events;
    std::vector<Reported> reports;
    for (const Happening& happening : happenings) {
        if (const auto* ready = std::get_if<WorkerReady>(&happening)) {
            storage_.record_worker(ready->worker);
            observer_.worker_ready(ready->worker, ready->reference_blas);
        } else if (const auto* said = std::get_if<TrialMessage>(&happening)) {
            if (auto event = event_of(said->message)) events.push_back(*std::move(event));
        } else if (const auto* lost = std::get_if<TrialLost>(&happening)) {
            if (!study_.trial(lost->trial).ending)
                events.push_back(AttemptFailed{lost->trial, lost->attempt,
                                               leaving_ ? FailureKind::interrupted : lost->kind,
                                               lost->message});
            held_.erase(lost->trial);
            pausing_.erase(lost->trial);
        } else {
            interrupt();
        }
    }
    for (const Happening& happening : happenings) {
        const auto* said = std::get_if<TrialMessage>(&happening);
        if (!said || std::holds_alternative<protocol::EpochEnded>(said->message) ||
            std::holds_alternative<protocol::CheckpointSaved>(said->message))
            continue;
        const TrialId answered = std::visit(
            [](const auto& m) -> TrialId {
                if constexpr (requires { m.trial; })
                    return m.trial;
                else
                    return -1;
            },
            said->message);
        held_.erase(answered);
        pausing_.erase(answered);
    }
    record(events);

    std::vector<TrialEvent> ends;
    for (const TrialEvent& event : events) {
        if (const auto* reported = std::get_if<Reported>(&event)) reports.push_back(*reported);
        const auto* failed = std::get_if<AttemptFailed>(&event);
        if (!failed) continue;
        waiting_.insert(failed->trial);
        if (auto end = verdict_on_failures(study_.trial(failed->trial))) ends.push_back(*std::move(end));
    }
    record(ends);
    for (const Happening& happening : happenings) {
        const auto* said = std::get_if<TrialMessage>(&happening);
        const auto* failed = said ? std::get_if<protocol::TrialFailed>(&said->message) : nullptr;
        if (failed && failed->medium)
            throw StorageError("trial " + std::to_string(failed->trial) + ": " + failed->message);
    }
    judge(reports);
}

// The pruner's word on each report. An ending is recorded before the worker hears of it, a pause when the
// worker has saved and left: until then the trial cannot be gone on with.
void Tuner::judge(const std::vector<Reported>& reports) {
    for (const Reported& report : reports) {
        const Trial& trial = study_.trial(report.trial);
        if (trial.ending || !held_.contains(report.trial)) continue;
        if (leaving_) continue;                                        // it has been told to leave already
        if (report.measurement.epoch + 1 < std::ssize(trial.curve)) {  // repeated: judged before
            executor_.proceed(report.trial);
            continue;
        }
        // After its last epoch there is nothing left to save: it completes.
        const std::optional<std::int64_t> epochs = planned_epochs(study_.spec(), trial.params);
        const bool last = epochs && report.measurement.epoch + 1 >= *epochs;
        const search::Verdict verdict = last ? search::Verdict{} : pruner_.judge(trial, study_);
        switch (verdict.kind) {
            case search::Verdict::Kind::go_on:
                executor_.proceed(report.trial);
                break;
            case search::Verdict::Kind::pause:
                pausing_[report.trial] = verdict.reason;
                executor_.stop(report.trial, true);
                break;
            case search::Verdict::Kind::stop:
                record({TrialEnded{report.trial, Pruned{verdict.reason, false}}});
                executor_.stop(report.trial, false);
                break;
        }
    }
}

void Tuner::record(const std::vector<TrialEvent>& events) {
    if (events.empty()) return;
    storage_.record(events);
    for (const TrialEvent& event : events) {
        study_.apply(event);
        observer_.happened(study_, event);
        const auto* ended = std::get_if<TrialEnded>(&event);
        if (!leaving_ && (ended || std::holds_alternative<Paused>(event))) {
            exhausted_ = false;
            result_.why.clear();
        }
        if (!ended) continue;
        ++ended_this_run_;
        waiting_.erase(ended->trial);
        if (on_trial_ended) on_trial_ended(ended->trial);
    }
    observer_.tick(study_, status());
}

std::optional<TrialEvent> Tuner::event_of(const protocol::Up& message) const {
    using namespace protocol;
    if (const auto* m = std::get_if<EpochEnded>(&message))
        return Reported{m->trial, m->attempt, m->measurement};
    if (const auto* m = std::get_if<CheckpointSaved>(&message))
        return Checkpointed{m->trial, m->attempt, {relative(m->path), m->epoch}};
    const auto open = [this](TrialId id) { return !study_.trial(id).ending && !study_.trial(id).paused; };
    if (const auto* m = std::get_if<protocol::TrialCompleted>(&message))
        return open(m->trial) ? std::optional(completed_event(*m)) : std::nullopt;
    if (const auto* m = std::get_if<TrialDiverged>(&message))
        return open(m->trial) ? std::optional<TrialEvent>(TrialEnded{m->trial, Pruned{m->message, true}})
                              : std::nullopt;
    if (const auto* m = std::get_if<TrialFailed>(&message))
        return open(m->trial)
                   ? std::optional<TrialEvent>(AttemptFailed{m->trial, m->attempt, m->kind, m->message})
                   : std::nullopt;
    if (const auto* m = std::get_if<TrialStopped>(&message)) {
        if (!open(m->trial)) return std::nullopt;
        if (const auto reason = pausing_.find(m->trial); reason != pausing_.end())
            return Paused{m->trial, reason->second};
        return AttemptFailed{m->trial, m->attempt, FailureKind::interrupted, "the run was interrupted"};
    }
    return std::nullopt;
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

std::optional<TrialEvent> Tuner::verdict_on_failures(const Trial& trial) const {
    if (trial.ending || trial.attempts.empty() || !trial.attempts.back().failure) return std::nullopt;
    const Failure& last = *trial.attempts.back().failure;
    const auto out_of_memory =
        std::count_if(trial.attempts.begin(), trial.attempts.end(), [](const Attempt& attempt) {
            return attempt.failure && attempt.failure->kind == FailureKind::out_of_memory;
        });
    const bool give_up = last.kind == FailureKind::bad_config || out_of_memory >= kMaxOutOfMemory ||
                         trial.counted_failures() >= kMaxFailures;
    if (!give_up) return std::nullopt;
    return TrialEnded{trial.id, last};
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
        return RunResult{RunEnd::only_failures, "all " + std::to_string(failed) +
                                                    " trials so far have failed, the last with: " +
                                                    std::get<Failure>(*last->ending).message};
    }
    return std::nullopt;
}

void Tuner::leave(RunResult result) {
    leaving_ = true;
    result_ = std::move(result);
    for (const TrialId id : held_) executor_.stop(id, true);
}

void Tuner::interrupt() {
    ++interrupts_;
    if (interrupts_ == 1 && !leaving_) {
        observer_.note("interrupted: running trials save and leave; press Ctrl-C again to leave at once");
        leave({RunEnd::interrupted, "interrupted; the same command continues"});
        return;
    }
    result_.end = RunEnd::interrupted;
    leaving_ = true;
    held_.clear();  // their open attempts are found and repeated by the next run
}

RunStatus Tuner::status() const {
    return {since(started_), earlier_ + since(started_), ended_this_run_, executor_.slots(),
            options_.max_time};
}

void Tuner::observe_time() {
    if (since(started_) + earlier_ - milliseconds(storage_.milliseconds_of_runs()) > kTouch)
        storage_.touch_run();
    observer_.tick(study_, status());
}

}  // namespace o2v::orchestrator
