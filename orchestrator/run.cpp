#include "orchestrator/run.hpp"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "model/hyperparameters/hyperparameters.hpp"
#include "orchestrator/experiment_checks.hpp"
#include "orchestrator/extension.hpp"
#include "orchestrator/local_executor.hpp"
#include "orchestrator/notification.hpp"
#include "orchestrator/stored_study.hpp"
#include "orchestrator/warm_start.hpp"
#include "search/catalog.hpp"
#include "search/study/errors.hpp"

namespace o2v::orchestrator {
namespace {

using Json = nlohmann::json;

// Hashes only: the same bytes may lie elsewhere.
std::vector<std::string> changed_data(const Json& before, const Json& after) {
    std::vector<std::string> changed;
    for (const auto& [name, file] : before.items())
        if (after.contains(name) && after.at(name).at("xxh3") != file.at("xxh3"))
            changed.push_back("/data/" + name + ": the content of " +
                              after.at(name).at("path").get<std::string>() +
                              " has changed since the study began");
    return changed;
}

void refuse_another_experiment(const RunRequest& request, const RunPlan& plan,
                               const std::vector<std::string>& differences) {
    if (differences.empty()) return;
    std::string text = "the study in " + plan.folder.path() + " was begun with another experiment:";
    for (const std::string& difference : differences) text += "\n  " + difference;
    text += '\n' +
            (request.extend
                 ? "--extend allows another budget, a larger space and further configurations to try first; "
                   "use another --out, or remove the folder"
                 : request.remedy);
    throw InputError(plan.experiment.file, "", text);
}

void open_study(const RunRequest& request, const RunPlan& plan, Storage& storage) {
    const Json experiment = to_json(plan.experiment);
    const Json hashes = data_hashes(plan.experiment, plan.data);
    if (!storage.has_study()) {
        storage.create({plan.experiment.study.name, experiment.dump(), hashes.dump(),
                        machine_fingerprint().dump(), library_versions().dump()});
        return;
    }
    const StudyRecord record = storage.study();
    std::vector<std::string> different =
        obstacles(storage, plan.experiment, request.extend ? Change::extension : Change::none);
    for (const std::string& line : changed_data(Json::parse(record.data_hashes), hashes))
        different.push_back(line);
    refuse_another_experiment(request, plan, different);
    if (Json::parse(record.experiment) != experiment) storage.replace_experiment(experiment.dump());
}

// Has every trial that the budget allows ended?
bool is_complete(const Study& study) {
    const std::optional<std::int64_t> budget = study.spec().budget.trials;
    return budget && static_cast<std::int64_t>(study.ended().size()) >= *budget &&
           study.ended().size() == study.trials().size();
}

// Population-based training of Object2Vec explores, unless told otherwise, what does not need another
// network.
void explore_in_training(Experiment& experiment) {
    StudySpec& study = experiment.study;
    if (study.search.strategy != "pbt" || !study.search.explore.empty()) return;
    for (const Parameter& parameter : study.space.parameters())
        if (model::may_change_in_training(parameter.name)) study.search.explore.push_back(parameter.name);
    if (study.search.explore.empty())
        throw InputError(experiment.file + ": /search/strategy", "\"pbt\"",
                         "explores what may change in the middle of a training, such as learning_rate or "
                         "dropout, and the space has no such parameter");
}

// The experiment's "notify".
void tell(const RunPlan& plan, const Study& study, const RunResult& result, StudyObserver& observer) {
    if (plan.experiment.notify.empty()) return;
    const std::string folder = std::filesystem::path(plan.experiment.file).parent_path().string();
    const auto wrong = notify({plan.experiment.notify, folder, plan.folder.logs() + "/notify.log",
                               notification_environment(study, plan.folder.path(), result)});
    if (wrong) observer.note(*wrong);
}

std::vector<std::string> slot_lines(const std::vector<Slot>& slots) {
    std::vector<std::string> lines;
    for (const Slot& slot : slots) lines.push_back(slot.to_string());
    return lines;
}

}  // namespace

RunPlan plan_run(const RunRequest& request) {
    Experiment experiment = load_experiment(request.file);
    if (request.slots) experiment.resources.slots = *request.slots;
    return make_plan(std::move(experiment), request.out);
}

RunPlan make_plan(Experiment experiment, const std::optional<std::string>& out) {
    if (experiment.problem.empty()) explore_in_training(experiment);
    RunFolder folder(out.value_or("runs/" + experiment.study.name));
    std::vector<Problem> problems;
    std::vector<Slot> slots;
    DataReport data;
    const auto collect = [&](auto action) {
        try {
            action();
        } catch (const InputError& e) {
            problems.insert(problems.end(), e.problems().begin(), e.problems().end());
        }
    };
    collect([&] { slots = lease_slots(experiment.resources, physical_cores(), gpus()); });
    for (Problem& p : problems) p.where = experiment.file + ": " + p.where;
    collect([&] { experiment.study.prior = prior_trials(experiment, folder.database()); });
    if (experiment.problem.empty()) collect([&] { data = check_data(experiment); });
    if (!problems.empty()) throw InputError(std::move(problems));
    std::vector<std::string> notes;
    if (experiment.problem.empty())
        for (const Problem& idle : settings_without_effect(experiment.study.space, experiment.study.fixed))
            notes.push_back(idle.to_string());
    if (!experiment.study.prior.empty() && !experiment.study.more_goals.empty())
        notes.push_back(
            "/warm_start: has no effect: of an earlier trial one goal's value is known, and this "
            "study has several");
    return {std::move(experiment), std::move(folder), std::move(slots), std::move(data), std::move(notes)};
}

RunReport run_study(const RunRequest& request, const RunPlan& plan, StudyObserver& observer) {
    const std::string worker_program = find_worker_program();
    plan.folder.create();
    const RunLock lock(plan.folder);
    const auto storage = open_sqlite_storage(plan.folder.database(), OpenMode::read_write);
    open_study(request, plan, *storage);

    const StudySpec& spec = plan.experiment.study;
    Study study = rebuild(spec, *storage);
    const auto searcher = search::make_searcher(spec);
    const auto pruner = search::make_pruner(spec);
    observer.started(study, {&plan.experiment, plan.folder.path(), slot_lines(plan.slots), plan.data.lines,
                             study.trials().size()});
    for (const std::string& warning : plan.data.warnings) observer.note(warning);
    for (const std::string& note : plan.notes) observer.note(note);

    RunResult result;
    if (is_complete(study)) {
        result.why = "the budget of " + std::to_string(*spec.budget.trials) + " trials is used";
        observer.finished(study, result.why);
    } else {
        const auto executor = make_local_executor({plan.slots, worker_program, plan.folder.logs()});
        TunerOptions options;
        options.folder = plan.folder.path();
        options.max_trials = request.max_trials;
        options.max_time = request.max_time;
        Tuner tuner(plan.experiment, study, *storage, *searcher, *pruner, *executor, observer, options);
        tuner.on_trial_ended = [&](TrialId ended) { tidy_up(plan.folder, study, ended); };
        try {
            result = tuner.run();
        } catch (const std::exception& e) {
            tell(plan, study, {RunEnd::only_failures, e.what()}, observer);
            throw;
        }
        tell(plan, study, result, observer);
    }
    RunReport report{std::move(result), study, std::nullopt};

    const Trial* best = study.best();
    const bool has_model = best && !std::get<Completed>(*best->ending).model_path.empty();
    if (plan.experiment.promote && has_model && report.result.end == RunEnd::done)
        report.promoted =
            promote(plan.folder, study, best->id, plan.experiment.promote->as, plan.experiment.promote->mode);
    return report;
}

}  // namespace o2v::orchestrator
