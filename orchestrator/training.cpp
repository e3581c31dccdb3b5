#include "orchestrator/training.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "orchestrator/experiment_checks.hpp"
#include "orchestrator/local_executor.hpp"

namespace o2v::orchestrator {
namespace {

using Json = nlohmann::json;

constexpr const char* kSuffix = "-train";
constexpr std::size_t kLongestName = 100 - 6;  // of an experiment, so that the study's is one, too

// "name=value" texts; a value that is no JSON number or boolean is a text.
Assignment read_settings(const std::vector<std::string>& texts, const ParameterNames& names,
                         std::vector<Problem>& problems) {
    Assignment settings;
    for (const std::string& text : texts) {
        const std::size_t equals = text.find('=');
        if (equals == std::string::npos || equals == 0) {
            problems.push_back({"--set", text, "must be name=value"});
            continue;
        }
        const std::string value = text.substr(equals + 1);
        Json json = Json::parse(value, nullptr, false);
        if (!json.is_number() && !json.is_boolean()) json = value;
        const std::string where = "--set " + text.substr(0, equals);
        const auto setting = read_setting(text.substr(0, equals), json, where, names, problems);
        if (setting && !settings.insert(*setting).second)
            problems.push_back({where, value, "is given twice"});
    }
    return settings;
}

// The searched parameters that the trial has and that no setting gives.
void require_settings(const Experiment& experiment, const std::string& file, const Assignment& settings,
                      std::vector<Problem>& problems) {
    for (const Parameter& parameter : experiment.study.space.parameters()) {
        if (settings.contains(parameter.name) || !SearchSpace::active(parameter, settings)) continue;
        std::string message = "is searched (" + domain_text(parameter.domain) +
                              "), and one training needs one value: --set " + parameter.name + "=VALUE";
        if (const auto* info = model::find_hyperparameter(parameter.name); info && experiment.trains())
            message += ", " + model::allowed_text(*info);
        problems.push_back({file + ": /search/space/" + parameter.name, "", message});
    }
}

// The loss when the file says nothing else; what it says must be reported with these parameters.
void settle_goal(const Experiment& of_file, const std::string& file, Experiment& training,
                 std::vector<Problem>& problems) {
    if (!training.trains()) return;
    if (of_file.study.goal == loss_goal(of_file)) {
        training.study.goal = loss_goal(training);
        return;
    }
    if (!can_report(training, training.study.goal.metric))
        problems.push_back({file + ": /objective/metric", training.study.goal.metric,
                            "is not reported with the output_layer that is set"});
}

}  // namespace

Experiment training_experiment(const TrainingRequest& request) {
    const Experiment of_file = load_experiment(request.file, Origin::draft);
    std::vector<Problem> problems;
    const Assignment settings = read_settings(request.settings, ParameterNames::of(of_file), problems);
    require_settings(of_file, request.file, settings, problems);

    Experiment training = of_file;
    StudySpec& study = training.study;
    if (study.name.size() > kLongestName)
        problems.push_back(
            {request.file + ": /name", study.name,
             "is too long for a training: at most " + std::to_string(kLongestName) + " letters"});
    study.name += kSuffix;
    study.space = {};
    for (const auto& [name, value] : settings) study.fixed.insert_or_assign(name, value);
    const std::uint64_t seed = request.seed.value_or(study.search.seed);
    study.search = {};
    study.search.seed = seed;
    study.pruner = {};
    study.budget = {};
    study.budget.trials = 1;
    training.resources = one_slot(of_file.resources, request.device, request.threads);
    if (request.as && !is_plain_name(*request.as)) problems.push_back({"--as", *request.as, kPlainName});
    training.promote = Promotion{request.as.value_or(study.name), of_file.promote.value_or(Promotion{}).mode};
    settle_goal(of_file, request.file, training, problems);
    if (problems.empty() && training.trains())
        check_combinations(study.space, study.fixed, request.file + ": /fixed", problems);
    if (!problems.empty()) throw InputError(std::move(problems));
    return training;
}

RunPlan plan_training(const TrainingRequest& request) {
    return make_plan(training_experiment(request), request.out);
}

TrainingFacts facts_of(const RunPlan& plan) {
    TrainingFacts facts;
    const Assignment& fixed = plan.experiment.study.fixed;
    if (!plan.experiment.trains()) {
        facts.epochs = planned_epochs(plan.experiment.study, {}).value_or(0);
        return facts;
    }
    const model::Options options = model::resolve(fixed);
    facts.epochs = options.epochs;
    if (const auto train = plan.data.statistics.find("train"); train != plan.data.statistics.end())
        facts.records_per_epoch = train->second.rows * (options.negative_sampling_rate + 1);
    return facts;
}

RunReport run_training(const TrainingRequest& request, const RunPlan& plan, StudyObserver& observer) {
    if (request.fresh && plan.folder.has_study()) {
        find_worker_program(plan.experiment);  // before anything is moved
        observer.note("the earlier training is kept in " + set_aside(plan.folder));
    }
    RunRequest run;
    run.interrupt_finishes = false;
    run.file = request.file;
    run.share = request.share;
    run.remedy = request.remedy;
    return run_study(run, plan, observer);
}

}  // namespace o2v::orchestrator
