// What the loop starts: which trial is next, and what its worker is told.
#include <algorithm>
#include <filesystem>

#include "model/data/durable_file.hpp"
#include "orchestrator/tuner.hpp"
#include "search/study/errors.hpp"

namespace o2v::orchestrator {
namespace {

namespace fs = std::filesystem;

// Streams of derive_seed(study seed, .): what a trial trains with, and what it is suggested with.
constexpr std::uint64_t kTrainingStream = 1;
constexpr std::uint64_t kSuggestionStream = 2;

std::uint64_t seed_for(const StudySpec& spec, std::uint64_t stream, TrialId trial) {
    return derive_seed(derive_seed(spec.search.seed, stream), static_cast<std::uint64_t>(trial));
}

bool ran_out_of_memory(const Trial& trial) {
    return !trial.attempts.empty() && trial.attempts.back().failure &&
           trial.attempts.back().failure->kind == FailureKind::out_of_memory;
}

bool checkpoint_exists(const std::string& path) {
    return fs::exists(path) || fs::exists(data::previous_of(path));
}

}  // namespace

std::uint64_t suggestion_seed(const StudySpec& spec, TrialId trial) {
    return seed_for(spec, kSuggestionStream, trial);
}

protocol::StartTrial order_of(const Experiment& experiment, const Trial& trial, const std::string& folder) {
    protocol::StartTrial order;
    order.trial = trial.id;
    order.seed = trial.seed;
    order.hyperparameters = trial.params;
    order.hyperparameters.insert(experiment.study.fixed.begin(), experiment.study.fixed.end());
    order.problem = experiment.problem;
    order.command = experiment.command;
    order.goal = experiment.study.goal;
    order.keep = experiment.keep;
    if (experiment.trains()) order.asked_metrics = asked_metrics(experiment.study);
    order.data = experiment.data;
    order.folder = folder;
    return order;
}

// Creates a trial or goes on with a paused one, where there is room for it; false when nothing is to be begun
// now.
bool Tuner::begin_trial() {
    const bool room = order_ ? order_->has_seat() : !alone_ && free_ > waiting_.size();
    if (!room) return false;
    const auto go_on_with = [this](std::optional<TrialId> paused) {
        if (!paused) return false;
        tell(Resumed{*paused});
        waiting_.insert(*paused);
        return true;
    };
    retire_paused();
    if (go_on_with(pruner_.promote(study_))) return true;
    if (!exhausted_) {
        if (auto why = why_no_new_trials())
            result_.why = *std::move(why);
        else if (create_enqueued() || create_trial())
            return true;
    }
    const bool nothing_runs = order_ ? order_->is_empty() : held_.empty() && waiting_.empty();
    return nothing_runs && ends_for_good() && go_on_with(pruner_.promote_last(study_));
}

void Tuner::retire_paused() {
    while (const auto retired = pruner_.retire(study_))
        tell(TrialEnded{retired->trial, Pruned{retired->reason, false}});
}

bool Tuner::create_trial() {
    const auto id = static_cast<TrialId>(study_.trials().size());
    Rng rng(suggestion_seed(study_.spec(), id));
    std::optional<search::Suggestion> suggestion = searcher_.suggest(study_, rng);
    if (!suggestion) {
        exhausted_ = true;
        result_.why = searcher_.why_nothing_left();
        return false;
    }
    if (suggestion->fork) copy_checkpoint(*suggestion->fork, id);
    create(std::move(suggestion->params), std::move(suggestion->why), suggestion->fork);
    return true;
}

void Tuner::create(Assignment params, std::string why, std::optional<Fork> fork) {
    const auto id = static_cast<TrialId>(study_.trials().size());
    tell(TrialCreated{id, std::move(params), seed_for(study_.spec(), kTrainingStream, id), std::move(why),
                      fork});
    waiting_.insert(id);
}

// A report that the pruner has a say in, and whose turn has not come: what follows is not known yet.
bool Tuner::undecided(TrialId id) const {
    if (!order_) return false;
    const std::deque<HeldEvent>& untold = order_->untold(id);
    return std::any_of(untold.begin(), untold.end(), [&](const HeldEvent& held) {
        const auto* report = std::get_if<Reported>(&held.event);
        return report && decides(study_.trial(id), report->measurement.epoch);
    });
}

// The lowest number, in a reproducible study the one that is the furthest behind; nullopt when none may run
// now.
std::optional<TrialId> Tuner::next_to_launch() const {
    std::optional<TrialId> next;
    for (const TrialId id : waiting_) {
        if (undecided(id)) continue;
        if (!next || (order_ && order_->time_of(id) < order_->time_of(*next))) next = id;
        if (!order_) break;
    }
    return next;
}

void Tuner::fill_slots() {
    if (leaving_ || finishing_ || paused_ || waiting_.empty()) return;
    for (const int slot : executor_.free_slots()) {
        if (alone_) return;
        if (taken_.contains(slot)) continue;
        std::optional<TrialId> next = next_to_launch();
        // One that has nothing to do but to pause: it had saved.
        while (next) {
            const Trial trial = as_it_is(*next);
            if (!trial.pausing || !trial.checkpoint || trial.checkpoint->epoch + 1 < std::ssize(trial.curve))
                break;
            arrived(Paused{*next, *trial.pausing});
            next = next_to_launch();
        }
        if (!next) return;
        if (ran_out_of_memory(as_it_is(*next))) {
            if (!held_.empty()) return;
            alone_ = next;
        }
        launch(slot, *next);
    }
}

// Trials that wait for a verdict give their slots to those without which it cannot come.
void Tuner::make_room() {
    if (leaving_ || finishing_ || blocked_.empty()) return;
    const std::optional<TrialId> next = next_to_launch();
    if (!next) return;
    const bool alone = ran_out_of_memory(as_it_is(*next));
    if (!alone && std::ssize(held_) < executor_.slots()) return;  // a slot's worker is about to greet
    auto wanted =
        std::count_if(waiting_.begin(), waiting_.end(), [this](TrialId id) { return !undecided(id); });
    for (auto id = blocked_.rbegin(); id != blocked_.rend() && (alone || wanted > 0); ++id, --wanted)
        tell_to_leave(*id, true);
}

// Puts the parent's checkpoint where order_for() finds the fork's first one. Without one that holds no later
// epoch than the fork begins after, the fork begins anew.
void Tuner::copy_checkpoint(const Fork& fork, TrialId id) {
    const std::optional<Checkpoint>& from = study_.trial(fork.parent).checkpoint;
    if (!from || from->epoch > fork.epoch) return;
    std::error_code error;
    const std::string to = forked_checkpoint(id), last = options_.folder + '/' + from->path;
    fs::create_directories(trial_folder(id), error);
    if (error) throw storage_error(trial_folder(id), "cannot be created", error.value());
    if (fs::exists(last)) data::copy_durably(last, to);
    if (fs::exists(data::previous_of(last)))
        data::copy_durably(data::previous_of(last), data::previous_of(to));
}

std::string Tuner::trial_folder(TrialId id) const {
    return options_.folder + "/checkpoints/trial-" + std::to_string(id);
}

std::string Tuner::forked_checkpoint(TrialId id) const {
    return trial_folder(id) + "/parent";
}

void Tuner::launch(int slot, TrialId id) {
    const WorkerRecord worker = executor_.worker(slot);
    const Trial trial = as_it_is(id);
    const int attempt = static_cast<int>(trial.attempts.size()) + 1;
    arrived(AttemptStarted{id, attempt, worker.name, worker.device, worker.host, worker.cores});
    waiting_.erase(id);
    held_[id] = slot;
    taken_.insert(slot);
    slot_times_.enter(slot, SlotState::busy, std::chrono::steady_clock::now());
    to_do_.emplace_back([this, slot, order = order_for(trial, attempt), left = time_left(trial)] {
        executor_.start(slot, order, left);
    });
}

std::optional<std::chrono::milliseconds> Tuner::time_left(const Trial& trial) const {
    const std::optional<std::chrono::milliseconds> limit = experiment_.limits.trial_time;
    if (!limit) return std::nullopt;
    const auto inherited = trial.fork ? trial.fork->epoch + 1 : 0;
    std::chrono::milliseconds used{0};
    for (auto epoch = static_cast<std::size_t>(inherited); epoch < trial.curve.size(); ++epoch)
        used += trial.curve[epoch].elapsed;
    return std::max(*limit - used, std::chrono::milliseconds(1));
}

protocol::StartTrial Tuner::order_for(const Trial& trial, int attempt) const {
    protocol::StartTrial order = order_of(experiment_, trial, trial_folder(trial.id));
    order.attempt = attempt;
    // A command's programs find what earlier attempts have left.
    if (executor_.keeps_attempts_apart() && experiment_.trains())
        order.folder += "/attempt-" + std::to_string(attempt);
    if (trial.checkpoint && checkpoint_exists(options_.folder + '/' + trial.checkpoint->path))
        order.resume_from = options_.folder + '/' + trial.checkpoint->path;
    if (trial.fork && checkpoint_exists(forked_checkpoint(trial.id)))
        order.fork_from = forked_checkpoint(trial.id);
    // One that is to pause repeats its last epoch: at its end it is told to save.
    order.epochs_recorded = std::ssize(trial.curve) - (trial.pausing ? 1 : 0);
    order.checkpoint_seconds = options_.checkpoint_seconds;
    return order;
}

}  // namespace o2v::orchestrator
