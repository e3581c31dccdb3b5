#include "orchestrator/run.hpp"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "model/hyperparameters/hyperparameters.hpp"
#include "orchestrator/energy.hpp"
#include "orchestrator/experiment_checks.hpp"
#include "orchestrator/extension.hpp"
#include "orchestrator/json_fields.hpp"
#include "orchestrator/kept_files.hpp"
#include "orchestrator/local_executor.hpp"
#include "orchestrator/machine.hpp"
#include "orchestrator/notification.hpp"
#include "orchestrator/pilot_executor.hpp"
#include "orchestrator/refit.hpp"
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
        storage.sync();  // before anything else of the study lies in its folder
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

// The experiment's "promote", of a study that is done. That the gate refuses is no failure of the run.
void promote_winner(const RunRequest& request, const StoredStudy& stored, const Slot* slot,
                    StudyObserver& observer, ControlInbox& inbox, RunReport& report) {
    const Trial* winner = chosen_for_promotion(stored.study);
    if (!stored.experiment.promote || !winner) return;
    if (std::get<Completed>(*winner->ending).model_path.empty()) return;
    const Promotion& promotion = *stored.experiment.promote;
    const PromotionRequest wanted{winner->id, promotion.as, promotion.mode, false, /*automatic=*/true};
    report.promoted = already_promoted(stored, wanted, promotion.refit);
    if (report.promoted) return;
    try {
        refuse_rolled_back(stored, wanted, promotion.refit);
        std::optional<Refit> again;
        if (promotion.refit) {
            std::optional<TakenSlots> taken;
            if (!slot) taken.emplace(take_refit_slot(stored.experiment, request.share));
            again = refit(stored, winner->id, slot ? *slot : taken->lease.slots.front(), observer, &inbox);
            if (!again) {
                report.result = {RunEnd::interrupted, "interrupted in the refit of the best trial"};
                return;
            }
        }
        report.promoted = promote(stored, wanted, again);
        if (!report.promoted->compared.empty()) observer.note("promotion: " + report.promoted->compared);
        if (again) remove_refit(stored.folder, winner->id);
    } catch (const PromotionRefused& refused) {
        report.not_promoted = refused.what();
        observer.note(report.not_promoted);
    }
}

// `slot`: one that this run holds and no worker uses any more; null = it holds none.
RunReport with_promotion(const RunRequest& request, const RunPlan& plan, const Storage& storage,
                         RunResult result, Study study, const Slot* slot, StudyObserver& observer,
                         ControlInbox& inbox) {
    RunReport report{std::move(result), std::move(study), std::nullopt, ""};
    if (report.result.end != RunEnd::done || !plan.experiment.promote) return report;
    const StoredStudy stored{plan.folder, storage.study(), plan.experiment, report.study};
    promote_winner(request, stored, slot, observer, inbox, report);
    return report;
}

// Of a complete study: was there nothing left to promote, or to refit?
bool was_finished(const RunReport& report) {
    return report.result.end == RunEnd::done && report.not_promoted.empty() &&
           (!report.promoted || report.promoted->already);
}

// Of this machine's processors and of the GPUs that the slots have.
EnergyMeter meter_of(const std::vector<Slot>& slots) {
    if (slots.empty()) return {};  // trials run elsewhere
    std::vector<std::string> gpus;
    for (const Slot& slot : slots) gpus.insert(gpus.end(), slot.gpus.begin(), slot.gpus.end());
    return EnergyMeter(machine_energy(gpus).counters);
}

std::vector<std::string> slot_lines(const Resources& resources, const std::vector<Slot>& slots) {
    std::vector<std::string> lines;
    if (resources.slurm) lines.push_back(pilots_text(*resources.slurm));
    for (const Slot& slot : slots) lines.push_back(slot.to_string());
    return lines;
}

Experiment experiment_of(const RunRequest& request) {
    if (!request.strategy && !request.seed) return load_experiment(request.file);
    load_experiment(request.file);  // what is wrong with the file itself is said of it
    Json json = read_json_file(request.file);
    std::string name = json.at("name");
    if (request.strategy) {
        json["search"]["strategy"] = *request.strategy;
        name += '-' + *request.strategy;
    }
    if (request.seed) {
        json["search"]["seed"] = *request.seed;
        name += '-' + std::to_string(*request.seed);
    }
    json["name"] = name;
    return parse_experiment(json, request.file, Origin::person);
}

}  // namespace

RunPlan plan_run(const RunRequest& request) {
    Experiment experiment = experiment_of(request);
    if (experiment.reproducible && request.max_trials)
        throw InputError(
            "--max-trials", std::to_string(*request.max_trials),
            "has no place in a reproducible study, whose later trials depend on when each is begun: "
            "its file says how many there are, and an interrupted run goes on as if it had not been");
    if (request.slots) experiment.resources.slots = *request.slots;
    return make_plan(std::move(experiment), request.out);
}

RunPlan make_plan(Experiment experiment, const std::optional<std::string>& out) {
    if (experiment.trains()) explore_in_training(experiment);
    RunFolder folder(out.value_or("runs/" + experiment.study.name));
    std::vector<Problem> problems;
    Topology topology = read_topology();
    Lease lease;
    DataReport data;
    const auto collect = [&](auto action) {
        try {
            action();
        } catch (const InputError& e) {
            problems.insert(problems.end(), e.problems().begin(), e.problems().end());
        }
    };
    std::vector<std::string> notes;
    if (experiment.trains()) leave_gpus_alone(experiment.resources, topology, notes);
    collect([&] { lease = lease_slots(experiment.resources, topology); });
    for (Problem& p : problems) p.where = experiment.file + ": " + p.where;
    collect([&] { experiment.study.prior = prior_trials(experiment, folder.database()); });
    if (experiment.trains()) collect([&] { data = check_data(experiment); });
    if (!experiment.command.empty()) collect([&] { check_program(experiment); });
    if (experiment.resources.slurm) collect([&] { check_slurm(experiment, folder.path()); });
    if (!problems.empty()) throw InputError(std::move(problems));
    if (experiment.resources.trials_per_gpu > 1 && topology.gpus.empty())
        notes.push_back("/resources/trials_per_gpu: has no effect: there is no GPU to share");
    if (experiment.trains())
        for (const Problem& idle : settings_without_effect(experiment.study.space, experiment.study.fixed))
            notes.push_back(idle.to_string());
    if (!experiment.study.prior.empty() && !experiment.study.more_goals.empty())
        notes.push_back(
            "/warm_start: has no effect: of an earlier trial one goal's value is known, and this "
            "study has several");
    return {std::move(experiment),  std::move(folder), std::move(topology),
            std::move(lease.slots), std::move(data),   std::move(notes)};
}

RunReport run_study(const RunRequest& request, const RunPlan& plan, StudyObserver& observer) {
    const std::string worker_program = find_worker_program(plan.experiment);
    plan.folder.create();
    const RunLock lock(plan.folder);
    const auto storage =
        open_sqlite_storage(plan.folder.database(), OpenMode::read_write, plan.experiment.durability);
    open_study(request, plan, *storage);

    const StudySpec& spec = plan.experiment.study;
    Study study = rebuild(spec, *storage);
    collect(plan.folder, study);
    const auto searcher = search::make_searcher(spec);
    const auto pruner = search::make_pruner(spec);
    const bool complete = is_complete(study);
    const TakenSlots taken =
        complete ? TakenSlots{{plan.slots, {}}, {}}
                 : take_slots(plan.experiment.resources, plan.topology, spec.name, request.share);
    observer.started(study, {&plan.experiment, plan.folder.path(),
                             slot_lines(plan.experiment.resources, taken.lease.slots), plan.data.lines,
                             study.trials().size()});
    for (const std::string& warning : plan.data.warnings) observer.note(warning);
    for (const auto* notes : {&plan.notes, &taken.lease.notes})
        for (const std::string& note : *notes) observer.note(note);

    RunResult result;
    ControlInbox inbox(plan.folder);
    try {
        if (complete) {
            result.why = "the budget of " + std::to_string(*spec.budget.trials) + " trials is used";
            observer.finished(study, result.why);
        } else {
            const auto executor =
                plan.experiment.resources.slurm
                    ? make_slurm_executor(plan.experiment, plan.folder.path())
                    : make_local_executor({taken.lease.slots, worker_program, plan.folder.logs(),
                                           plan.experiment.limits, plan.experiment.trains()});
            TunerOptions options;
            options.folder = plan.folder.path();
            options.max_trials = request.max_trials;
            options.max_time = request.max_time;
            options.interrupt_finishes = request.interrupt_finishes;
            options.inbox = &inbox;
            options.energy = meter_of(taken.lease.slots);
            Tuner tuner(plan.experiment, study, *storage, *searcher, *pruner, *executor, observer, options);
            tuner.on_trial_ended = [&](TrialId ended) { tidy_up(plan.folder, study, ended); };
            result = tuner.run();
        }
        const bool holds_slot = !complete && !taken.lease.slots.empty();
        RunReport report = with_promotion(request, plan, *storage, std::move(result), study,
                                          holds_slot ? &taken.lease.slots.front() : nullptr, observer, inbox);
        if (!complete || !was_finished(report)) tell(plan, report.study, report.result, observer);
        return report;
    } catch (const std::exception& e) {
        tell(plan, study, {RunEnd::failed, e.what()}, observer);
        throw;
    }
}

}  // namespace o2v::orchestrator
