// What the loop starts: which trial is next, and what its worker is told.
#include <filesystem>

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

}  // namespace

std::uint64_t suggestion_seed(const StudySpec& spec, TrialId trial) {
    return seed_for(spec, kSuggestionStream, trial);
}

std::optional<TrialId> Tuner::next_trial() {
    if (!waiting_.empty()) return *waiting_.begin();
    retire_paused();
    if (const auto paused = pruner_.promote(study_)) return paused;
    if (!exhausted_) {
        if (auto why = why_no_new_trials()) {
            result_.why = *std::move(why);
        } else if (const auto created = create_trial()) {
            return created;
        }
    }
    return held_.empty() && ends_for_good() ? pruner_.promote_last(study_) : std::nullopt;
}

void Tuner::retire_paused() {
    while (const auto retired = pruner_.retire(study_))
        record({TrialEnded{retired->trial, Pruned{retired->reason, false}}});
}

std::optional<TrialId> Tuner::create_trial() {
    const auto id = static_cast<TrialId>(study_.trials().size());
    Rng rng(suggestion_seed(study_.spec(), id));
    std::optional<search::Suggestion> suggestion = searcher_.suggest(study_, rng);
    if (!suggestion) {
        exhausted_ = true;
        result_.why = searcher_.why_nothing_left();
        return std::nullopt;
    }
    if (suggestion->fork) copy_checkpoint(*suggestion->fork, id);
    record({TrialCreated{id, std::move(suggestion->params), seed_for(study_.spec(), kTrainingStream, id),
                         std::move(suggestion->why), suggestion->fork}});
    waiting_.insert(id);
    return id;
}

// Puts the parent's checkpoint where order_for() finds the fork's first one. Without one that holds no later
// epoch than the fork begins after, the fork begins anew.
void Tuner::copy_checkpoint(const Fork& fork, TrialId id) {
    const std::optional<Checkpoint>& from = study_.trial(fork.parent).checkpoint;
    if (!from || from->epoch > fork.epoch) return;
    std::error_code error;
    const fs::path to = forked_checkpoint(id);
    fs::create_directories(to.parent_path(), error);
    fs::copy_file(options_.folder + '/' + from->path, to, fs::copy_options::overwrite_existing, error);
    if (error && fs::exists(options_.folder + '/' + from->path))
        throw StorageError(to.string() + ": cannot copy the checkpoint of trial " +
                           std::to_string(fork.parent) + ": " + error.message());
}

std::string Tuner::trial_folder(TrialId id) const {
    return options_.folder + "/checkpoints/trial-" + std::to_string(id);
}

std::string Tuner::forked_checkpoint(TrialId id) const {
    return trial_folder(id) + "/parent";
}

void Tuner::launch(int slot, TrialId id) {
    const WorkerRecord worker = executor_.worker(slot);
    const Trial& trial = study_.trial(id);
    const int attempt = trial.attempts.empty() ? 1 : trial.attempts.back().started.attempt + 1;
    record({AttemptStarted{id, attempt, worker.name, worker.device, worker.host, worker.cores}});
    waiting_.erase(id);
    held_.insert(id);
    executor_.start(slot, order_for(study_.trial(id), attempt));
}

protocol::StartTrial Tuner::order_for(const Trial& trial, int attempt) const {
    protocol::StartTrial order;
    order.trial = trial.id;
    order.attempt = attempt;
    order.seed = trial.seed;
    order.hyperparameters = trial.params;
    order.hyperparameters.insert(study_.spec().fixed.begin(), study_.spec().fixed.end());
    order.problem = experiment_.problem;
    order.command = experiment_.command;
    order.recorded = std::ssize(trial.curve);
    order.goal = study_.spec().goal;
    order.keep = experiment_.keep;
    order.data = experiment_.data;
    order.folder = trial_folder(trial.id);
    if (trial.checkpoint && fs::exists(options_.folder + '/' + trial.checkpoint->path)) {
        order.resume_from = options_.folder + '/' + trial.checkpoint->path;
    } else if (trial.fork && fs::exists(forked_checkpoint(trial.id))) {
        order.resume_from = forked_checkpoint(trial.id);
        order.of_other_trial = true;
    }
    order.checkpoint_seconds = options_.checkpoint_seconds;
    return order;
}

}  // namespace o2v::orchestrator
