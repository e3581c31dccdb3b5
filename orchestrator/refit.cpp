#include "orchestrator/refit.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <utility>

#include "model/data/durable_file.hpp"
#include "model/hyperparameters/hyperparameters.hpp"
#include "orchestrator/data_check.hpp"
#include "orchestrator/local_executor.hpp"
#include "orchestrator/machine.hpp"
#include "orchestrator/refit_pairs.hpp"
#include "orchestrator/tuner.hpp"
#include "reports/leaderboard.hpp"
#include "search/catalog.hpp"
#include "search/study/errors.hpp"
#include "worker/protocol/figures.hpp"

namespace o2v::orchestrator {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

std::string name_of(const Trial& trial) {
    return "trial " + std::to_string(trial.id);
}

RunFolder folder_of(const RunFolder& study, TrialId trial) {
    return RunFolder(study.refits() + "/trial-" + std::to_string(trial));
}

// Unless another process is at work in it.
void remove_folder(const RunFolder& folder) {
    std::error_code ignored;
    if (!fs::exists(folder.path(), ignored)) return;
    try {
        const RunLock lock(folder);
        fs::remove_all(folder.path(), ignored);
    } catch (const StorageError&) {
    }
}

void remove_others(const RunFolder& study, TrialId trial) {
    std::error_code error;
    std::vector<fs::path> found;
    for (fs::directory_iterator entry(study.refits(), error), end; !error && entry != end;
         entry.increment(error))
        if (entry->path() != folder_of(study, trial).path()) found.push_back(entry->path());
    for (const fs::path& path : found) remove_folder(RunFolder(path.string()));
}

// What the user sees of a refit: how far it is every ten seconds, its failed attempts, and what is noted.
class RefitView final : public StudyObserver {
  public:
    RefitView(StudyObserver& outer, std::int64_t epochs) : outer_(outer), epochs_(epochs) {}
    void happened(const Study& study, const TrialEvent& event) override {
        if (const auto* reported = std::get_if<Reported>(&event)) {
            progressed(reported->measurement, study.spec().goal.metric);
        } else if (std::holds_alternative<AttemptFailed>(event)) {
            if (const std::string text = reports::event_sentence(study, event); !text.empty())
                outer_.note("refit: " + text);
        }
    }
    void note(const std::string& sentence) override { outer_.note(sentence); }

  private:
    using Clock = std::chrono::steady_clock;

    void progressed(const Measurement& measurement, const std::string& metric) {
        ++seen_;
        const std::int64_t left = epochs_ - measurement.epoch - 1;
        const auto now = Clock::now();
        if (left <= 0 || now - told_ < std::chrono::seconds(10)) return;
        told_ = now;
        const double seconds = std::chrono::duration<double>(now - began_).count() /
                               static_cast<double>(seen_) * static_cast<double>(left);
        const auto value = measurement.metrics.find(metric);
        outer_.note(
            "refit: epoch " + std::to_string(measurement.epoch + 1) + " of " + std::to_string(epochs_) +
            (value == measurement.metrics.end() ? ""
                                                : ", " + metric + ' ' + reports::metric_text(value->second)) +
            ", about " + reports::duration_text(seconds) + " left");
    }

    StudyObserver& outer_;
    std::int64_t epochs_;
    std::int64_t seen_ = 0;  // by this process
    Clock::time_point began_ = Clock::now(), told_ = began_;
};

void check_data_is_as_then(const StoredStudy& stored, const Json& hashes) {
    const Json then = Json::parse(stored.record.data_hashes);
    std::vector<Problem> problems;
    for (const char* name : {"train", "validation", "test"})
        if (then.contains(name) && hashes.at(name).at("xxh3") != then.at(name).at("xxh3"))
            problems.push_back({stored.folder.path() + ": /data/" + name,
                                hashes.at(name).at("path").get<std::string>(),
                                "has another content than when the study began: a refit would not be of "
                                "what the study found out"});
    if (!problems.empty()) throw InputError(std::move(problems));
}

// What a worker finds beside the training pairs and names in the model's card.
void copy_files_about_rights(const fs::path& from, const fs::path& to) {
    for (const char* name : {"LICENSE", "LICENCE", "COPYING", "README"})
        for (const char* ending : {"", ".txt", ".md"}) {
            const std::string file = std::string(name) + ending;
            if (fs::is_regular_file(from / file))
                data::copy_durably((from / file).string(), (to / file).string());
        }
}

// The merged file of a refit that is begun. One that is there is whole, and of the same data: a study's data
// does not change.
void make_pairs(const StoredStudy& stored, const Trial& trial, const std::string& path) {
    if (fs::exists(path)) return;
    const protocol::DataPaths& paths = stored.experiment.data;
    copy_files_about_rights(fs::path(paths.train).parent_path(), fs::path(path).parent_path());
    Assignment params = trial.params;
    params.insert(stored.study.spec().fixed.begin(), stored.study.spec().fixed.end());
    const model::Options options = model::resolve(params);
    data::Limits limits;  // as the trial's worker read them, with whole sequences
    for (int side = 0; side < 2; ++side) limits.vocab_size[side] = options.enc[side].vocab_size;
    if (options.output_layer == model::OutputLayer::softmax) limits.num_classes = options.num_classes;
    limits.skip_bad_lines = paths.skip_bad_lines;
    data::PairCache cache = make_pair_cache();
    const data::Dataset train = cache.open(paths.train, limits);
    const data::Dataset validation = cache.open(paths.validation, limits);
    write_refit_pairs(train, validation, options.negative_sampling_rate > 0, path);
}

const Trial& checked(const StoredStudy& stored, TrialId id) {
    const Trial& trial = stored.study.trial(id);
    const auto refuse = [&](const std::string& why) { throw InputError(name_of(trial), "", why); };
    if (!stored.experiment.trains() || stored.experiment.is_asked())
        refuse("cannot be refitted: its objective does not train on /data");
    if (stored.experiment.data.validation.empty())
        refuse("cannot be refitted: the study has no validation data to add to its training data");
    if (trial.fork)
        refuse("cannot be refitted: it went on from a checkpoint of trial " +
               std::to_string(trial.fork->parent) + ", which was trained with other settings");
    return trial;
}

// All but its logs and its pairs. REQUIRES: its lock is held, its database closed.
void forget(const RunFolder& folder) {
    for (const char* name : {"checkpoints", "study.db", "study.db-wal", "study.db-shm"})
        fs::remove_all(folder.path() + '/' + name);
    folder.create();
}

// The study of one trial, as its folder holds it; created where it is new. One of another experiment (a study
// that was removed and run anew) is begun anew.
std::unique_ptr<Storage> open_refit(const RunFolder& folder, const Experiment& experiment, const Trial& trial,
                                    const Json& hashes, StudyObserver& observer) {
    auto storage = open_sqlite_storage(folder.database(), OpenMode::read_write, experiment.durability);
    if (storage->has_study()) {
        const StudyRecord record = storage->study();
        const std::vector<TrialEvent> events = storage->load();
        const auto* created = events.empty() ? nullptr : std::get_if<TrialCreated>(&events.front());
        const bool same =
            differences(Json::parse(record.experiment), to_json(experiment), Change::none).empty() &&
            Json::parse(record.data_hashes) == hashes && (!created || created->seed == trial.seed);
        if (same) return storage;
        observer.note("refit: what is there is of another training, and is begun anew");
        storage.reset();
        forget(folder);
        storage = open_sqlite_storage(folder.database(), OpenMode::read_write, experiment.durability);
    }
    storage->create({experiment.study.name, to_json(experiment).dump(), hashes.dump(),
                     machine_fingerprint().dump(), library_versions().dump()});
    return storage;
}

// The study's goals among the figures, on what a refit has not been trained on: it is to be compared by them
// with the version before.
std::vector<Goal> figures_of_refit(const Experiment& of_study) {
    std::vector<Goal> goals{of_study.study.goal}, figures;
    goals.insert(goals.end(), of_study.study.more_goals.begin(), of_study.study.more_goals.end());
    for (const Goal& goal : goals) {
        auto figure = protocol::figure_of(goal.metric);
        if (!figure) continue;
        if (!figure->set.empty()) figure->set = "test";
        const Goal of_refit{name_of(*figure), goal.direction};
        const bool twice = std::find(figures.begin(), figures.end(), of_refit) != figures.end();
        if (!twice && (figure->set.empty() || !of_study.data.test.empty())) figures.push_back(of_refit);
    }
    return figures;
}

}  // namespace

Experiment refit_experiment(const StoredStudy& stored, const Trial& trial, const std::string& pairs_file) {
    Experiment experiment = stored.experiment;
    StudySpec& study = experiment.study;
    study.space = {};
    for (const auto& [name, value] : trial.params) study.fixed.insert_or_assign(name, value);
    study.fixed.insert_or_assign("epochs", std::get<Completed>(*trial.ending).best_epoch + 1);
    study.fixed.insert_or_assign("early_stopping_patience", std::int64_t{0});
    study.search = {};
    study.pruner = {};
    study.budget = {};
    study.budget.trials = 1;
    study.more_goals = stored.experiment.trains() ? figures_of_refit(stored.experiment) : std::vector<Goal>{};
    study.constraints.clear();
    study.enqueued.clear();
    study.prior.clear();
    experiment.data.train = pairs_file;
    experiment.data.validation.clear();
    experiment.data.skip_bad_lines = stored.experiment.data.skip_bad_lines;  // of the test set
    study.goal = loss_goal(experiment);
    experiment.keep = protocol::Keep::last;
    experiment.limits.trial_time.reset();  // there are more pairs than the search's trials had
    experiment.reproducible = false;
    experiment.window = 0;
    experiment.promote.reset();
    experiment.notify.clear();
    experiment.warm_start.clear();
    return experiment;
}

TakenSlots take_refit_slot(const Experiment& experiment, bool share) {
    const Resources resources = one_slot(experiment.resources);
    Topology topology = read_topology();
    std::vector<std::string> notes;  // the study's run has told them
    leave_gpus_alone(resources, topology, notes);
    return take_slots(resources, topology, experiment.study.name, share);
}

std::optional<Refit> refit(const StoredStudy& stored, TrialId id, const Slot& slot, StudyObserver& observer,
                           ControlInbox* inbox) {
    const Trial& trial = checked(stored, id);
    const std::string worker = find_worker_program(stored.experiment);
    check_data_is_as_then(stored, data_hashes(stored.experiment, check_data(stored.experiment)));
    remove_others(stored.folder, id);

    const RunFolder folder = folder_of(stored.folder, id);
    folder.create();
    const RunLock lock(folder);
    const std::string pairs = folder.path() + "/train-and-validation.jsonl";
    make_pairs(stored, trial, pairs);
    const Experiment experiment = refit_experiment(stored, trial, pairs);
    const Json hashes = data_hashes(experiment, check_data(experiment));
    auto storage = open_refit(folder, experiment, trial, hashes, observer);
    Study study = rebuild(experiment.study, *storage);
    if (study.trials().empty()) {
        const TrialEvent created = TrialCreated{0, {}, trial.seed, "the refit of " + name_of(trial)};
        storage->record(std::span(&created, 1));
        study.apply(created);
    }
    const std::int64_t epochs = std::get<Completed>(*trial.ending).best_epoch + 1;
    const Trial& again = study.trial(0);
    if (!again.ending) {
        const std::string from =
            again.checkpoint         ? "on from epoch " + std::to_string(again.checkpoint->epoch + 1)
            : again.attempts.empty() ? "again"
                                     : "from its beginning once more (no checkpoint had been written)";
        observer.note("refit: " + name_of(trial) + " is trained " + from + " with " +
                      with_commas(hashes.at("train").at("pairs").get<std::int64_t>()) +
                      " pairs of train and validation, " + std::to_string(epochs) +
                      (epochs == 1 ? " epoch" : " epochs") + " in all");
        const auto executor =
            make_local_executor({{slot}, worker, folder.logs(), experiment.limits, experiment.trains()});
        RefitView view(observer, epochs);
        const auto searcher = search::make_searcher(experiment.study);
        const auto pruner = search::make_pruner(experiment.study);
        TunerOptions options;
        options.folder = folder.path();
        options.interrupt_finishes = false;
        options.inbox = inbox;
        Tuner tuner(experiment, study, *storage, *searcher, *pruner, *executor, view, options);
        if (tuner.run().end == RunEnd::interrupted) return std::nullopt;
    }
    const auto* done = again.ending ? std::get_if<Completed>(&*again.ending) : nullptr;
    if (!done) {
        const std::string why = reports::event_sentence(study, TrialEnded{0, *again.ending});
        storage.reset();
        forget(folder);  // so that the next one begins anew
        throw std::runtime_error("the refit of " + name_of(trial) + " has not completed: " + why +
                                 "; what it has printed is in " + folder.logs());
    }
    observer.note("refit: " + reports::metrics_text(done->metrics));
    return Refit{folder.path() + '/' + done->model_path, *done, epochs, hashes};
}

void remove_refit(const RunFolder& study, TrialId trial) {
    remove_folder(folder_of(study, trial));
    std::error_code ignored;
    fs::remove(study.refits(), ignored);  // once it is empty
}

}  // namespace o2v::orchestrator
