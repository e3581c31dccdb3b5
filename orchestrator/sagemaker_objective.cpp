// A tuning request's objective, and the fields of HyperParameterTuningJobConfig.
#include <boost/regex.hpp>

#include "orchestrator/sagemaker_parts.hpp"
#include "orchestrator/slots.hpp"

namespace o2v::orchestrator::sagemaker {
namespace {

// What a built-in Object2Vec reports under these names, and the line of its log that says so.
struct Logged {
    const char* metric;
    const char* line;
};
constexpr Logged kLogged[] = {
    {"validation:accuracy", "#quality_metric: host=algo-1, epoch=0, validation accuracy <score>=0.5"},
    {"validation:cross_entropy",
     "#quality_metric: host=algo-1, epoch=0, validation cross_entropy <loss>=0.5"},
    {"validation:mean_squared_error",
     "#quality_metric: host=algo-1, epoch=0, validation mean_squared_error <loss>=0.5"},
    {"test:accuracy", "#quality_metric: host=algo-1, test accuracy <score>=0.5"},
    {"test:cross_entropy", "#quality_metric: host=algo-1, test cross_entropy <loss>=0.5"},
    {"test:mean_squared_error", "#quality_metric: host=algo-1, test mean_squared_error <loss>=0.5"},
    {"train:accuracy", "#quality_metric: host=algo-1, epoch=0, train accuracy <score>=0.5"},
    {"train:cross_entropy", "#quality_metric: host=algo-1, epoch=0, train cross_entropy <loss>=0.5"},
    {"train:mean_squared_error",
     "#quality_metric: host=algo-1, epoch=0, train mean_squared_error <loss>=0.5"}};

// The expression that the definition's MetricDefinitions have for a metric's name; "" = none.
std::string expression_of(const Json& definition, const std::string& metric) {
    const Json algorithm =
        definition.is_object() ? definition.value("AlgorithmSpecification", Json()) : Json();
    const Json list = algorithm.is_object() ? algorithm.value("MetricDefinitions", Json()) : Json();
    if (list.is_array())
        for (const Json& one : list)
            if (one.is_object() && one.value("Name", Json()) == metric &&
                one.value("Regex", Json()).is_string())
                return one.at("Regex").get<std::string>();
    return "";
}

// The metric whose line an expression finds; "" when it finds none, or is none.
std::string metric_found_by(const std::string& expression) {
    if (expression.empty()) return "";
    try {
        const boost::regex regex(expression);
        for (const Logged& logged : kLogged)
            if (boost::regex_search(std::string(logged.line), regex)) return logged.metric;
    } catch (const boost::regex_error&) {
        return "";
    }
    return "";
}

constexpr std::int64_t kShortest = 120, kLongest = 15'768'000;  // seconds of a tuning job
constexpr std::int64_t kMostEpochs = 20'000;                    // Hyperband's MaxResource
constexpr double kConverged = 0.01;

void read_limits(Fields& config, const std::string& strategy, std::int64_t combinations, Draft& draft,
                 std::vector<Problem>& problems) {
    config.require("ResourceLimits");
    const Json* json = config.get("ResourceLimits");
    if (!json) return;
    Fields fields(*json, config.where("ResourceLimits"), draft, problems);
    auto& budget = draft.document["budget"];
    const auto trials = fields.integer("MaxNumberOfTrainingJobs", 1, 100'000'000);
    if (trials) budget["trials"] = *trials;
    if (strategy == "Grid" && trials && combinations > 0 && *trials != combinations)
        fields.report("MaxNumberOfTrainingJobs",
                      "must be the number of the grid's combinations, " + std::to_string(combinations));
    draft.places["/budget/trials"] = fields.where("MaxNumberOfTrainingJobs");
    if (const auto seconds = fields.integer("MaxRuntimeInSeconds", kShortest, kLongest))
        budget["time"] = *seconds;
    fields.require("MaxParallelTrainingJobs");
    if (const auto slots = fields.integer("MaxParallelTrainingJobs", 1, 1000)) {
        Resources resources;
        resources.slots = static_cast<int>(*slots);
        draft.document["resources"]["slots"] = *slots;
        try {
            lease_slots(resources, draft.options.topology);
        } catch (const InputError&) {
            draft.document["resources"]["slots"] = "auto";
            fields.note(
                "MaxParallelTrainingJobs",
                "this machine has not so many cores (or GPUs): \"slots\": \"auto\" runs as many trials "
                "side by side as it has");
        }
    }
    fields.finish();
}

void read_criteria(Fields& config, Draft& draft, std::vector<Problem>& problems) {
    const Json* json = config.get("TuningJobCompletionCriteria");
    if (!json) return;
    Fields fields(*json, config.where("TuningJobCompletionCriteria"), draft, problems);
    auto& budget = draft.document["budget"];
    if (const auto target = fields.number("TargetObjectiveMetricValue")) budget["target"] = *target;
    if (const Json* best = fields.get("BestObjectiveNotImproving")) {
        Fields own(*best, fields.where("BestObjectiveNotImproving"), draft, problems);
        if (const auto jobs = own.integer("MaxNumberOfTrainingJobsNotImproving", 3, 100'000'000)) {
            budget["no_improvement"] = *jobs;
            own.note("MaxNumberOfTrainingJobsNotImproving",
                     "any better value counts as an improvement; SageMaker asks for 1 %");
        }
        own.finish();
    }
    if (const Json* convergence = fields.get("ConvergenceDetected")) {
        Fields own(*convergence, fields.where("ConvergenceDetected"), draft, problems);
        if (own.choice("CompleteOnConvergence", {"Enabled", "Disabled"}) == "Enabled") {
            budget["expected_gain"] = kConverged;
            own.note(
                "CompleteOnConvergence",
                "the study ends when at most 0.01 of the metric is still to be gained: SageMaker's 1 %, in "
                "the metric's unit; \"budget\": {\"expected_gain\": ...} says another");
        }
        own.finish();
    }
    fields.finish();
}

void read_hyperband(Fields& config, Draft& draft, std::vector<Problem>& problems) {
    auto& pruner = draft.document["pruner"];
    pruner["type"] = "hyperband";
    draft.places["/pruner"] = config.where("StrategyConfig");
    const Json* json = config.get("StrategyConfig");
    bool has_most = false;
    if (json) {
        Fields fields(*json, config.where("StrategyConfig"), draft, problems);
        if (const Json* own_json = fields.get("HyperbandStrategyConfig")) {
            Fields own(*own_json, fields.where("HyperbandStrategyConfig"), draft, problems);
            const auto least = own.integer("MinResource", 1, kMostEpochs);
            const auto most = own.integer("MaxResource", 1, kMostEpochs);
            has_most = own.has("MaxResource");
            if (least) pruner["min_epochs"] = *least;
            if (most) pruner["max_epochs"] = *most;
            if (least && most && *least > *most) own.report("MinResource", "must not be above MaxResource");
            own.finish();
        }
        fields.finish();
    }
    if (!has_most)
        config.note("StrategyConfig",
                    "without MaxResource a trial's own \"epochs\" are the most that it is given");
}

}  // namespace

void read_objective(const Json& json, const std::string& where, const Json& definition, Draft& draft,
                    std::vector<Problem>& problems) {
    Fields fields(json, where, draft, problems);
    fields.require("Type");
    fields.require("MetricName");
    const auto type = fields.choice("Type", {"Maximize", "Minimize"});
    auto metric = fields.text("MetricName");
    fields.finish();
    if (metric && draft.trains)
        if (const std::string found = metric_found_by(expression_of(definition, *metric));
            !found.empty() && found != *metric) {
            fields.note("MetricName", "is what its MetricDefinition finds in Object2Vec's lines: " + found);
            metric = found;
        }
    if (metric) draft.document["objective"]["metric"] = *metric;
    if (type) draft.document["objective"]["direction"] = *type == "Maximize" ? "maximize" : "minimize";
    draft.places["/objective"] = where;
    draft.places["/objective/metric"] = fields.where("MetricName");
}

void read_config(Fields& config, std::int64_t combinations, Draft& draft, std::vector<Problem>& problems) {
    config.require("Strategy");
    const std::string strategy =
        config.choice("Strategy", {"Bayesian", "Random", "Hyperband", "Grid"}).value_or("");
    auto& search = draft.document["search"];
    search["strategy"] = strategy == "Bayesian" ? "bayesian" : strategy == "Grid" ? "grid" : "random";
    if (const auto seed = config.integer("RandomSeed", 0, INT64_MAX)) search["seed"] = *seed;
    if (strategy == "Grid" && combinations == 0)
        config.report("Strategy",
                      "goes with categorical ranges alone: list the values, or use Random or Bayesian");
    const auto early = config.choice("TrainingJobEarlyStoppingType", {"Off", "Auto"});
    if (strategy == "Hyperband") {
        read_hyperband(config, draft, problems);
        if (early == "Auto")
            config.report("TrainingJobEarlyStoppingType",
                          "must be Off with Hyperband, which stops trials itself");
    } else {
        config.leave("StrategyConfig", "goes with Hyperband alone");
        if (early == "Auto") {
            draft.document["pruner"]["type"] = "median";
            draft.places["/pruner"] = config.where("TrainingJobEarlyStoppingType");
        }
    }
    read_limits(config, strategy, combinations, draft, problems);
    read_criteria(config, draft, problems);
    if (draft.document["budget"].is_null() && strategy != "Grid" && config.has("ResourceLimits"))
        problems.push_back({config.where("ResourceLimits"), "",
                            "has neither MaxNumberOfTrainingJobs nor MaxRuntimeInSeconds, and there is no "
                            "completion criterion: nothing would end the study"});
}

}  // namespace o2v::orchestrator::sagemaker
