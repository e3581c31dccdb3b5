#include "orchestrator/pace.hpp"

#include <algorithm>
#include <numeric>
#include <queue>

namespace o2v::orchestrator {
namespace {

constexpr double kMemory = 0.95;      // of a decision by each later one after as many epochs
constexpr std::size_t kSpeeds = 100;  // trials
constexpr int kPlays = 16;
constexpr std::int64_t kPlayedSlots =
    50;  // with more trials to come for each slot the last ones do not matter

double seconds(std::chrono::milliseconds duration) {
    return std::chrono::duration<double>(duration).count();
}

double measured_epoch(const Trial& trial) {
    double sum = 0;
    for (const Measurement& measurement : trial.curve) sum += seconds(measurement.elapsed);
    return trial.curve.empty() ? 0 : sum / static_cast<double>(trial.curve.size());
}

// A trial that is yet to be gone on with: its epochs, how many are still planned, and what one takes.
struct Open {
    std::int64_t epochs = 0, at_most = 0;
    double epoch_seconds = 0;
};

// The mean time of some plays of the rest.
double played(const std::vector<double>& survival, const std::vector<double>& speeds,
              const std::vector<Open>& open, std::int64_t to_come, int slots) {
    Rng rng(1);  // always the same numbers: the figure does not jump
    // Epochs of a trial that has so many, and goes on with the next.
    const auto epochs_from = [&](std::int64_t epochs, bool decided) {
        const auto from = static_cast<std::size_t>(epochs);
        const double reached = from < survival.size() ? survival[from] : 0;
        const double luck = uniform01(rng) * (decided ? reached : 1);
        std::size_t end = from + (decided ? 1 : 0);
        while (end < survival.size() && survival[end] > luck) ++end;
        return static_cast<std::int64_t>(end - from);
    };
    double sum = 0;
    for (int play = 0; play < kPlays; ++play) {
        std::priority_queue<double, std::vector<double>, std::greater<>> free;
        for (int slot = 0; slot < slots; ++slot) free.push(0);
        double end = 0;
        const auto run = [&](double duration) {
            const double until = free.top() + duration;
            free.pop();
            free.push(until);
            end = std::max(end, until);
        };
        for (const Open& trial : open)
            run(static_cast<double>(std::min(trial.at_most, epochs_from(trial.epochs, true))) *
                trial.epoch_seconds);
        for (std::int64_t trial = 0; trial < to_come; ++trial) {
            const double speed = speeds[uniform_index(rng, speeds.size())];
            run(static_cast<double>(epochs_from(0, false)) * speed);
        }
        sum += end;
    }
    return sum / kPlays;
}

}  // namespace

Pace::Pace(const Study& study) {
    expect_rungs(study.spec());
    for (const Trial& trial : study.trials()) follow(trial);
}

void Pace::happened(const Study& study, const TrialEvent& event) {
    if (const auto* reported = std::get_if<Reported>(&event)) {
        ++epochs_;
        measured_seconds_ += seconds(reported->measurement.elapsed);
    }
    if (std::holds_alternative<TrialEnded>(event)) ++ended_;
    follow(study.trial(trial_of(event)));
}

// Asha lets one in so many go on from each rung by its rule alone. Its first trials say little of that: where
// trials are stopped, as many as are too few to stop any go on.
void Pace::expect_rungs(const StudySpec& spec) {
    const PrunerOptions& pruner = spec.pruner;
    if (pruner.type != "asha") return;
    const std::int64_t top = pruner.max_epochs > 0 ? pruner.max_epochs : planned_epochs(spec, {}).value_or(0);
    const double others = pruner.reduction_factor - 1, weight = others * pruner.reduction_factor;
    double brackets = 0;
    for (std::int64_t rung = pruner.min_epochs; rung < top; rung *= pruner.reduction_factor) {
        brackets = std::min<double>(brackets + 1, pruner.brackets);  // those that have this rung
        const double halted = others * others * brackets / pruner.brackets;
        Decisions& here = decisions(rung);
        here.expected = weight - halted;
        here.weight = weight;
    }
}

Pace::Decisions& Pace::decisions(std::int64_t epochs) {
    const auto index = static_cast<std::size_t>(epochs);
    if (decisions_.size() <= index) decisions_.resize(index + 1);
    return decisions_[index];
}

void Pace::follow(const Trial& trial) {
    const auto index = static_cast<std::size_t>(trial.id);
    if (progress_.size() <= index) progress_.resize(index + 1);
    Progress& known = progress_[index];
    const TrialState state = trial.state();
    const auto kind = state == TrialState::running   ? Progress::Kind::running
                      : state == TrialState::waiting ? Progress::Kind::waiting
                                                     : Progress::Kind::settled;
    const bool was_settled = known.kind == Progress::Kind::settled;
    if (was_settled && kind != known.kind) {  // a paused one goes on after all
        Decisions& here = decisions(known.epochs);
        here.stayed = std::max(0.0, here.stayed - 1);
        --settled_;
    }
    const std::int64_t epochs = std::ssize(trial.curve) - (trial.fork ? trial.fork->epoch + 1 : 0);
    for (; known.epochs < epochs; ++known.epochs) {
        Decisions& there = decisions(known.epochs);
        there.went_on = kMemory * there.went_on + 1;
        there.stayed *= kMemory;
        if (known.epochs > 0) continue;
        if (const double speed = measured_epoch(trial); speed > 0) speeds_.push_back(speed);
        if (speeds_.size() > kSpeeds) speeds_.pop_front();
    }
    if (kind == Progress::Kind::settled && !was_settled) {
        Decisions& here = decisions(known.epochs);
        here.stayed = kMemory * here.stayed + 1;
        here.went_on *= kMemory;
        ++settled_;
    }
    known.kind = kind;
    if (kind == Progress::Kind::settled)
        open_.erase(trial.id);
    else
        open_.insert(trial.id);
}

void Pace::tick(const RunStatus& status) {
    const double passed = std::max(0.0, seconds(status.elapsed - last_));
    last_ = status.elapsed;
    if (status.paused) return;
    const auto running = std::count_if(open_.begin(), open_.end(), [this](TrialId id) {
        return progress_[static_cast<std::size_t>(id)].kind == Progress::Kind::running;
    });
    busy_seconds_ += passed * static_cast<double>(running);
}

// [k]: the share of trials that are longer than k epochs; of those longer than anybody has been, as many go
// on as came so far, to `longest`.
std::vector<double> Pace::survival(std::int64_t longest) const {
    std::vector<double> shares;
    double share = 1;
    for (const Decisions& here : decisions_) {
        const double all = here.went_on + here.stayed + here.weight;
        if (all > 0) share *= (here.went_on + here.expected) / all;
        if (share <= 0) break;
        shares.push_back(share);
    }
    const bool end_is_known = shares.size() < decisions_.size();
    if (!end_is_known && std::ssize(shares) < longest)
        shares.resize(static_cast<std::size_t>(longest), share);
    return shares;
}

std::optional<double> Pace::seconds_of_trials(const Study& study, const RunStatus& status) const {
    const StudySpec& spec = study.spec();
    const std::int64_t to_come = std::max<std::int64_t>(0, *spec.budget.trials - std::ssize(study.trials()));
    const int slots = std::max(1, status.slots);
    if (epochs_ == 0) {  // these trials have none to count by
        if (ended_ == 0) return std::nullopt;
        const double trials = static_cast<double>(to_come) + static_cast<double>(open_.size());
        return trials * busy_seconds_ / static_cast<double>(ended_) / slots;
    }
    std::int64_t longest = std::ssize(decisions_);
    bool told = false;
    for (const TrialId id : open_)
        if (const auto planned = planned_epochs(spec, study.trial(id).params)) {
            longest = std::max(longest, *planned);
            told = true;
        }
    if (settled_ == 0 && (spec.pruner.type != "none" || !told)) return std::nullopt;
    const std::vector<double> shares = survival(longest);

    // What an epoch costs its slot, by what was measured of it where anything was.
    const double mean = busy_seconds_ / static_cast<double>(epochs_);
    const double overhead = measured_seconds_ > 0 ? busy_seconds_ / measured_seconds_ : 0;
    std::vector<double> speeds;
    for (const double speed : speeds_) speeds.push_back(overhead * speed);
    if (speeds.empty() || overhead <= 0) speeds = {mean};
    std::vector<Open> open;
    for (const TrialId id : open_) {
        const Trial& trial = study.trial(id);
        const auto planned = planned_epochs(spec, trial.params);
        const double own = overhead * measured_epoch(trial);
        open.push_back({progress_[static_cast<std::size_t>(id)].epochs,
                        planned ? std::max<std::int64_t>(0, *planned - std::ssize(trial.curve)) : INT64_MAX,
                        own > 0 ? own : mean});
    }
    const std::int64_t near = std::min(to_come, kPlayedSlots * slots);
    const double far =
        static_cast<double>(to_come - near) * std::accumulate(shares.begin(), shares.end(), 0.0) *
        std::accumulate(speeds.begin(), speeds.end(), 0.0) / static_cast<double>(speeds.size()) / slots;
    return far + played(shares, speeds, open, near, slots);
}

std::optional<TimeLeft> Pace::left(const Study& study, const RunStatus& status) const {
    const Budget& budget = study.spec().budget;
    std::optional<TimeLeft> left;
    const auto at_most = [&left](double seconds, bool exact) {
        seconds = std::max(0.0, seconds);
        if (!left || seconds < left->seconds) left = TimeLeft{seconds, exact};
    };
    if (budget.time) at_most(seconds(*budget.time - status.elapsed_all), true);
    if (status.longest) at_most(seconds(*status.longest - status.elapsed), true);
    if (budget.trials)
        if (const auto by_trials = seconds_of_trials(study, status)) at_most(*by_trials, false);
    return left;
}

}  // namespace o2v::orchestrator
