// An experiment as the request that SageMaker would have had.
#include <algorithm>
#include <cctype>
#include <filesystem>

#include "orchestrator/sagemaker_export.hpp"

namespace o2v::orchestrator {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr std::size_t kLongestName = 32;
constexpr std::int64_t kShortestRun = 120, kFewestJobs = 3, kDefaultEpochs = 30;
constexpr double kConverged = 0.01;  // what the import makes of ConvergenceDetected

struct Request {
    const Experiment& experiment;
    std::vector<Problem>& notes;
    void note(const std::string& where, const std::string& message) const {
        notes.push_back({where, "", message});
    }
};

const char* scaling_type(Scale scale) {
    return scale == Scale::linear ? "Linear" : scale == Scale::log ? "Logarithmic" : "ReverseLogarithmic";
}

template <class Range>
Json range_json(const std::string& name, const Range& range) {
    return {{"Name", name},
            {"MinValue", to_text(ParamValue(range.min))},
            {"MaxValue", to_text(ParamValue(range.max))},
            {"ScalingType", scaling_type(range.scale)}};
}

Json ranges_json(const Request& request) {
    Json integers = Json::array(), reals = Json::array(), lists = Json::array();
    const SearchSpace& space = request.experiment.study.space;
    for (const Parameter& parameter : space.parameters()) {
        const std::string where = "/search/space/" + parameter.name;
        if (const auto* whole = std::get_if<IntDomain>(&parameter.domain)) {
            integers.push_back(range_json(parameter.name, *whole));
            if (whole->step != 1) request.note(where + "/step", "ranges have no step there");
        } else if (const auto* real = std::get_if<FloatDomain>(&parameter.domain)) {
            reals.push_back(range_json(parameter.name, *real));
            if (real->step != 0) request.note(where + "/step", "ranges have no step there");
        } else {
            Json values = Json::array();
            for (const ParamValue& value : *listed_values(parameter.domain)) values.push_back(to_text(value));
            lists.push_back({{"Name", parameter.name}, {"Values", values}});
            if (std::holds_alternative<OrdinalDomain>(parameter.domain))
                request.note(where, "is a list without an order there");
        }
        if (!parameter.only_if.empty()) request.note(where + "/when", "there are no conditions there");
        if (parameter.initial) request.note(where + "/default", "ranges have no first value there");
    }
    if (!space.forbidden().empty())
        request.note("/search/forbidden", "no combination can be forbidden there");
    return {{"IntegerParameterRanges", integers},
            {"ContinuousParameterRanges", reals},
            {"CategoricalParameterRanges", lists}};
}

void put_strategy(const Request& request, Json& config) {
    const StudySpec& study = request.experiment.study;
    const std::string& strategy = study.search.strategy;
    const bool band = study.pruner.type == "hyperband" || study.pruner.type == "asha";
    const std::string name = band                                          ? "Hyperband"
                             : strategy == "grid"                          ? "Grid"
                             : strategy == "random" || strategy == "sobol" ? "Random"
                                                                           : "Bayesian";
    config["Strategy"] = name;
    const bool same =
        band ? strategy == "random" : strategy == "random" || strategy == "grid" || strategy == "bayesian";
    if (!same) request.note("/search/strategy", strategy + " is told as " + name + ", the nearest there is");
    const auto& parameters = study.space.parameters();
    if (name == "Grid" && !std::all_of(parameters.begin(), parameters.end(), [](const Parameter& parameter) {
            return listed_values(parameter.domain) != nullptr;
        }))
        request.note("/search/space", "a grid has categorical ranges alone there: list the values");
    if (band) {
        const std::int64_t most = study.pruner.max_epochs > 0
                                      ? study.pruner.max_epochs
                                      : planned_epochs(study, {}).value_or(kDefaultEpochs);
        config["StrategyConfig"]["HyperbandStrategyConfig"] = {{"MinResource", study.pruner.min_epochs},
                                                               {"MaxResource", most}};
    }
    if (study.pruner.type != "none" && study.pruner.type != "median" && study.pruner.type != "hyperband")
        request.note("/pruner/type", study.pruner.type + " is told as " +
                                         (band ? "Hyperband" : "early stopping Auto") +
                                         ", the nearest there is");
    config["TrainingJobEarlyStoppingType"] = study.pruner.type == "none" || band ? "Off" : "Auto";
}

void put_limits(const Request& request, int parallel, Json& config) {
    const Budget& budget = request.experiment.study.budget;
    const SlotsRequest& slots = request.experiment.resources.slots;
    Json limits = Json::object();
    if (budget.trials) limits["MaxNumberOfTrainingJobs"] = *budget.trials;
    if (const auto* count = std::get_if<int>(&slots)) parallel = *count;
    if (const auto* list = std::get_if<std::vector<SlotRequest>>(&slots))
        parallel = static_cast<int>(list->size());
    limits["MaxParallelTrainingJobs"] = std::max(parallel, 1);
    if (budget.time) {
        const std::int64_t seconds = budget.time->count() / 1000;
        limits["MaxRuntimeInSeconds"] = std::max(seconds, kShortestRun);
        if (seconds < kShortestRun) request.note("/budget/time", "two minutes are the least there");
    }
    config["ResourceLimits"] = limits;
    Json criteria = Json::object();
    if (budget.target) criteria["TargetObjectiveMetricValue"] = *budget.target;
    if (budget.no_improvement) {
        criteria["BestObjectiveNotImproving"]["MaxNumberOfTrainingJobsNotImproving"] =
            std::max(*budget.no_improvement, kFewestJobs);
        if (*budget.no_improvement < kFewestJobs)
            request.note("/budget/no_improvement", "three are the least there");
    }
    if (budget.expected_gain) {
        criteria["ConvergenceDetected"]["CompleteOnConvergence"] = "Enabled";
        if (*budget.expected_gain != kConverged)
            request.note("/budget/expected_gain", "is not told: convergence is 1 % there");
    }
    if (!criteria.empty()) config["TuningJobCompletionCriteria"] = criteria;
}

Json config_json(const Request& request, int parallel) {
    const StudySpec& study = request.experiment.study;
    Json config = Json::object();
    put_strategy(request, config);
    config["HyperParameterTuningJobObjective"] = {
        {"Type", study.goal.direction == Direction::maximize ? "Maximize" : "Minimize"},
        {"MetricName", study.goal.metric}};
    if (!study.more_goals.empty()) request.note("/objectives", "there is one objective there: the first");
    if (!study.constraints.empty()) request.note("/constraints", "there are no constraints there");
    if (!study.enqueued.empty()) request.note("/search/enqueue", "nothing can be enqueued there");
    if (study.search.repeats > 1) request.note("/search/repeats", "no configuration is repeated there");
    put_limits(request, parallel, config);
    config["ParameterRanges"] = ranges_json(request);
    config["RandomSeed"] = study.search.seed;
    return config;
}

Json algorithm_json(const Request& request) {
    const Experiment& experiment = request.experiment;
    Json algorithm{{"TrainingImage", "object2vec:1"}, {"TrainingInputMode", "File"}};
    if (experiment.trains()) return algorithm;
    if (experiment.command.empty()) {
        algorithm["TrainingImage"] = "problem:" + experiment.problem;
        request.note("/problem", "is no training: SageMaker has no image of it");
        return algorithm;
    }
    algorithm["TrainingImage"] =
        "command:" + fs::path(experiment.command.arguments.front()).filename().string();
    request.note("/objective/command", "stands there as the image's name alone");
    for (const protocol::MetricDefinition& definition : experiment.command.metrics)
        algorithm["MetricDefinitions"].push_back({{"Name", definition.name}, {"Regex", definition.regex}});
    return algorithm;
}

Json channels_json(const Request& request) {
    const protocol::DataPaths& data = request.experiment.data;
    Json channels = Json::array();
    for (const auto& [name, path] : {std::pair<const char*, const std::string&>{"train", data.train},
                                     {"validation", data.validation},
                                     {"test", data.test},
                                     {"auxiliary", data.auxiliary}}) {
        if (path.empty()) continue;
        Json channel{{"ChannelName", name}};
        if (std::string_view(name) != "auxiliary") channel["ContentType"] = "application/jsonlines";
        channel["DataSource"]["S3DataSource"] = {{"S3DataType", "S3Prefix"}, {"S3Uri", "file://" + path}};
        channels.push_back(std::move(channel));
    }
    for (const auto& [field, given] :
         {std::pair{"vocabulary", !data.vocabulary0.empty() || !data.vocabulary1.empty()},
          {"labels", !data.labels.empty()},
          {"skip_bad_lines", data.skip_bad_lines > 0}})
        if (given) request.note(std::string("/data/") + field, "there is no such thing there");
    return channels;
}

Json definition_json(const Request& request) {
    const Experiment& experiment = request.experiment;
    Json definition = Json::object();
    Json fixed = Json::object();
    for (const auto& [name, value] : experiment.study.fixed) fixed[name] = to_text(value);
    definition["StaticHyperParameters"] = fixed;
    definition["AlgorithmSpecification"] = algorithm_json(request);
    if (experiment.trains()) definition["InputDataConfig"] = channels_json(request);
    if (experiment.limits.trial_time)
        definition["StoppingCondition"]["MaxRuntimeInSeconds"] = experiment.limits.trial_time->count() / 1000;
    return definition;
}

}  // namespace

std::string tuning_job_name(const std::string& study) {
    std::string name;
    for (const unsigned char c : study.substr(0, kLongestName))
        name += std::isalnum(c) ? static_cast<char>(c) : '-';
    const auto is_hyphen = [](char c) { return c == '-'; };
    name.erase(name.begin(), std::find_if_not(name.begin(), name.end(), is_hyphen));
    while (!name.empty() && name.back() == '-') name.pop_back();
    return name.empty() ? "study" : name;
}

std::string parent_job_name(const std::string& study) {
    fs::path path = fs::path(study).lexically_normal();
    if (path.filename() == "study.db" || path.filename().empty()) path = path.parent_path();
    return tuning_job_name(path.filename().string());
}

TuningJob tuning_request_of(const Experiment& experiment, int parallel) {
    TuningJob job;
    const Request request{experiment, job.notes};
    const std::string name = tuning_job_name(experiment.study.name);
    if (name != experiment.study.name)
        request.note("/name", "is told as " + name + ": 32 letters, digits and hyphens");
    job.description["HyperParameterTuningJobName"] = name;
    job.description["HyperParameterTuningJobConfig"] = config_json(request, parallel);
    job.description["TrainingJobDefinition"] = definition_json(request);
    if (!experiment.warm_start.empty()) {
        Json parents = Json::array();
        for (const std::string& study : experiment.warm_start)
            parents.push_back({{"HyperParameterTuningJobName", parent_job_name(study)}});
        const bool transfer = experiment.study.warm_start == WarmStart::transfer;
        job.description["WarmStartConfig"] = {
            {"ParentHyperParameterTuningJobs", parents},
            {"WarmStartType", transfer ? "TransferLearning" : "IdenticalDataAndAlgorithm"}};
    }
    return job;
}

}  // namespace o2v::orchestrator
