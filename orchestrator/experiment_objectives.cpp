#include <algorithm>

#include "orchestrator/experiment_checks.hpp"

namespace o2v::orchestrator {
namespace {

using Json = nlohmann::json;

bool is_regression(const Experiment& experiment) {
    const auto found = experiment.study.fixed.find("output_layer");
    return found != experiment.study.fixed.end() && to_text(found->second) == "mean_squared_error";
}

// Of what reads them; `metrics` empty = any name.
std::string read_metric(JsonFields& fields, const std::vector<std::string>& metrics) {
    fields.require("metric");
    const auto metric = metrics.empty() ? fields.text("metric") : fields.choice("metric", metrics);
    if (metric && metric->empty()) fields.report("metric", "must not be empty");
    return metric.value_or("");
}

// What only the first objective may have. A command keeps what it likes.
void read_first(JsonFields& fields, Experiment& experiment) {
    for (const char* key : kCommandFields)
        if (fields.get(key) && !fields.has("command")) fields.report(key, "goes with \"command\"");
    const auto kept = fields.choice("keep", {"loss", "objective", "last"});
    if (kept && fields.has("command"))
        fields.report("keep",
                      "goes without a command; \"value\": \"last\" or \"best\" says which epoch counts");
    else if (kept)
        experiment.keep = *kept == "loss"   ? protocol::Keep::loss
                          : *kept == "last" ? protocol::Keep::last
                                            : protocol::Keep::objective;
}

// One objective; `first` null = it is not the first one.
Goal read_goal(const Json& json, const std::string& where, const std::vector<std::string>& metrics,
               Experiment* first, std::vector<Problem>& problems) {
    JsonFields fields(json, where, problems);
    Goal goal;
    goal.metric = read_metric(fields, metrics);
    goal.direction = goal.metric.ends_with("accuracy") || goal.metric.ends_with("pearson")
                         ? Direction::maximize
                         : Direction::minimize;
    if (const auto direction = fields.choice("direction", {"minimize", "maximize"}))
        goal.direction = *direction == "minimize" ? Direction::minimize : Direction::maximize;
    if (first) read_first(fields, *first);
    fields.finish();
    return goal;
}

void read_several(JsonFields& fields, const Json& json, const std::vector<std::string>& metrics,
                  Experiment& experiment) {
    if (!json.is_array() || json.empty())
        return fields.report("objectives", "must be a list [{\"metric\": ..., \"direction\": ...}, ...]");
    std::vector<Goal> goals;
    for (std::size_t i = 0; i < json.size(); ++i) {
        const std::string where = fields.where("objectives/" + std::to_string(i));
        Goal goal = read_goal(json[i], where, metrics, i == 0 ? &experiment : nullptr, fields.problems());
        if (std::any_of(goals.begin(), goals.end(), [&](const Goal& g) { return g.metric == goal.metric; }))
            fields.problems().push_back({where + "/metric", goal.metric, "is given twice"});
        goals.push_back(std::move(goal));
    }
    experiment.study.goal = goals.front();
    experiment.study.more_goals.assign(goals.begin() + 1, goals.end());
}

void read_constraints(JsonFields& fields, const std::vector<std::string>& metrics, StudySpec& study) {
    const Json* json = fields.get("constraints");
    if (!json) return;
    if (!json->is_array())
        return fields.report("constraints", "must be a list [{\"metric\": ..., \"max\": ...}, ...]");
    for (std::size_t i = 0; i < json->size(); ++i) {
        JsonFields one((*json)[i], fields.where("constraints/" + std::to_string(i)), fields.problems());
        Constraint constraint;
        constraint.metric = read_metric(one, metrics);
        constraint.min = one.number("min");
        constraint.max = one.number("max");
        if ((*json)[i].is_object() && !one.has("min") && !one.has("max"))
            one.report("max", "is required, or min, or both");
        if (constraint.min && constraint.max && *constraint.min > *constraint.max)
            one.report("min", "must not be above max");
        one.finish();
        study.constraints.push_back(std::move(constraint));
    }
}

}  // namespace

std::vector<std::string> reported_metrics(const Experiment& experiment) {
    if (!experiment.command.empty()) {
        std::vector<std::string> metrics;
        for (const protocol::MetricDefinition& definition : experiment.command.metrics)
            if (definition.name != protocol::kEpochDefinition) metrics.push_back(definition.name);
        return metrics;
    }
    if (!experiment.problem.empty()) return {};
    const std::vector<std::string> kinds =
        is_regression(experiment)
            ? std::vector<std::string>{"mean_squared_error", "mean_absolute_error", "pearson"}
            : std::vector<std::string>{"accuracy", "cross_entropy"};
    std::vector<std::string> sets;
    if (!experiment.data.validation.empty()) sets.push_back("validation:");
    if (!experiment.data.test.empty()) sets.push_back("test:");
    sets.push_back("train:");
    std::vector<std::string> metrics;
    for (const std::string& set : sets)
        for (const std::string& kind : kinds) metrics.push_back(set + kind);
    metrics.push_back(protocol::kModelBytes);
    return metrics;
}

Goal loss_goal(const Experiment& experiment) {
    const std::string set = experiment.data.validation.empty() ? "train:" : "validation:";
    return {set + (is_regression(experiment) ? "mean_squared_error" : "cross_entropy"), Direction::minimize};
}

void read_objectives(JsonFields& fields, Experiment& experiment, bool any_names) {
    const std::vector<std::string> metrics =
        any_names ? std::vector<std::string>{} : reported_metrics(experiment);
    const Json* one = fields.get("objective");
    const Json* several = fields.get("objectives");
    if (one && several)
        fields.report("objectives", "goes without \"objective\": give one of them");
    else if (several)
        read_several(fields, *several, metrics, experiment);
    else if (one)
        experiment.study.goal =
            read_goal(*one, fields.where("objective"), metrics, &experiment, fields.problems());
    else if (any_names)
        experiment.study.goal = {"value", Direction::minimize};
    else if (experiment.trains())
        experiment.study.goal = loss_goal(experiment);
    else
        fields.require("objective");
    read_constraints(fields, metrics, experiment.study);
}

}  // namespace o2v::orchestrator
