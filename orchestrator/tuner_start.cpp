// What the loop starts: which trial is next, and what its worker is told.
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
    order.goal = experiment.study.goal;
    order.keep = experiment.keep;
    order.data = experiment.data;
    order.folder = folder;
    order.epochs_recorded = std::ssize(trial.curve);
    return order;
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
    const Trial& trial = study_.trial(id);
    const int attempt = trial.attempts.empty() ? 1 : trial.attempts.back().started.attempt + 1;
    record({AttemptStarted{id, attempt, worker.name, worker.device, worker.host, worker.cores}});
    waiting_.erase(id);
    held_.insert(id);
    executor_.start(slot, order_for(study_.trial(id), attempt));
}

protocol::StartTrial Tuner::order_for(const Trial& trial, int attempt) const {
    protocol::StartTrial order = order_of(experiment_, trial, trial_folder(trial.id));
    order.attempt = attempt;
    if (trial.checkpoint && checkpoint_exists(options_.folder + '/' + trial.checkpoint->path))
        order.resume_from = options_.folder + '/' + trial.checkpoint->path;
    if (trial.fork && checkpoint_exists(forked_checkpoint(trial.id)))
        order.fork_from = forked_checkpoint(trial.id);
    order.checkpoint_seconds = options_.checkpoint_seconds;
    return order;
}

}  // namespace o2v::orchestrator
