#include <algorithm>

#include "orchestrator/experiment_checks.hpp"
#include "worker/protocol/figures.hpp"

namespace o2v::orchestrator {
namespace {

using Json = nlohmann::json;

bool is_regression(const Experiment& experiment) {
    const auto found = experiment.study.fixed.find("output_layer");
    return found != experiment.study.fixed.end() && to_text(found->second) == "mean_squared_error";
}

// Is it a figure that a training of the experiment can measure?
bool measures(const Experiment& experiment, const protocol::Figure& figure) {
    if (figure.set == "validation" && experiment.data.validation.empty()) return false;
    if (figure.set == "test" && experiment.data.test.empty()) return false;
    const bool regression = is_regression(experiment);
    return figure.info->kind !=
           (regression ? protocol::FigureKind::classification : protocol::FigureKind::regression);
}

// The figures' names; K stands as 10.
std::vector<std::string> figures_of(const Experiment& experiment) {
    std::vector<std::string> names;
    for (const char* set : {"validation", "test", ""})
        for (const protocol::FigureInfo& info : protocol::figure_table()) {
            if ((info.kind == protocol::FigureKind::latency) != std::string(set).empty()) continue;
            const protocol::Figure figure{&info, set, info.at_k ? 10 : 0};
            if (measures(experiment, figure)) names.push_back(name_of(figure));
        }
    return names;
}

// What an objective or constraint may name.
struct KnownMetrics {
    explicit KnownMetrics(const Experiment& of, bool any_names)
        : experiment(of), any(any_names || !of.problem.empty()) {
        if (any) return;
        names = reported_metrics(experiment);
        any = names.empty();  // a command's that are wrong themselves
        if (!experiment.trains()) return;
        const std::vector<std::string> figures = figures_of(experiment);
        names.insert(names.end(), figures.begin(), figures.end());
    }
    // One of the figures that only a training measures, and this one can.
    std::optional<protocol::Figure> figure(const std::string& metric) const {
        if (!measures_figures()) return std::nullopt;
        const auto figure = protocol::figure_of(metric);
        return figure && measures(experiment, *figure) ? figure : std::nullopt;
    }

    bool measures_figures() const { return !any && experiment.trains(); }

    const Experiment& experiment;
    bool any = false;
    std::vector<std::string> names;
};

bool names_k(const Json* metric) {
    return metric && metric->is_string() && metric->get<std::string>().find('@') != std::string::npos;
}

std::string read_metric(JsonFields& fields, const KnownMetrics& known) {
    fields.require("metric");
    std::optional<std::string> metric;
    const nlohmann::json* written = fields.get("metric");
    const auto figure =
        written && written->is_string() ? known.figure(written->get<std::string>()) : std::nullopt;
    if (known.any || figure)
        metric = fields.text("metric");
    else
        metric = fields.choice("metric", known.names);
    if (!metric && known.measures_figures() && names_k(written))
        fields.report("metric", "K of hits@K and ndcg@K is a number from 1 to " +
                                    std::to_string(protocol::kRankedCandidates - 1) + ": " +
                                    std::to_string(protocol::kRankedCandidates) + " candidates are ranked");
    if (metric && metric->empty()) fields.report("metric", "must not be empty");
    if (figure && figure->info->kind == protocol::FigureKind::latency && known.experiment.reproducible)
        fields.report("metric",
                      "goes without \"reproducible\": true: a measured time is never the same twice");
    return metric.value_or("");
}

Direction usual_direction(const std::string& metric, const KnownMetrics& known) {
    if (const auto figure = known.figure(metric)) return figure->info->direction;
    return metric.ends_with("accuracy") || metric.ends_with("pearson") ? Direction::maximize
                                                                       : Direction::minimize;
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
Goal read_goal(const Json& json, const std::string& where, const KnownMetrics& known, Experiment* first,
               std::vector<Problem>& problems) {
    JsonFields fields(json, where, problems);
    Goal goal;
    goal.metric = read_metric(fields, known);
    goal.direction = usual_direction(goal.metric, known);
    if (const auto direction = fields.choice("direction", {"minimize", "maximize"}))
        goal.direction = direction_from_text(*direction).value();
    if (first) read_first(fields, *first);
    fields.finish();
    return goal;
}

void read_several(JsonFields& fields, const Json& json, const KnownMetrics& known, Experiment& experiment) {
    if (!json.is_array() || json.empty())
        return fields.report("objectives", "must be a list [{\"metric\": ..., \"direction\": ...}, ...]");
    std::vector<Goal> goals;
    for (std::size_t i = 0; i < json.size(); ++i) {
        const std::string where = fields.where("objectives/" + std::to_string(i));
        Goal goal = read_goal(json[i], where, known, i == 0 ? &experiment : nullptr, fields.problems());
        if (std::any_of(goals.begin(), goals.end(), [&](const Goal& g) { return g.metric == goal.metric; }))
            fields.problems().push_back({where + "/metric", goal.metric, "is given twice"});
        goals.push_back(std::move(goal));
    }
    experiment.study.goal = goals.front();
    experiment.study.more_goals.assign(goals.begin() + 1, goals.end());
}

void read_constraints(JsonFields& fields, const KnownMetrics& known, StudySpec& study) {
    const Json* json = fields.get("constraints");
    if (!json) return;
    if (!json->is_array())
        return fields.report("constraints", "must be a list [{\"metric\": ..., \"max\": ...}, ...]");
    for (std::size_t i = 0; i < json->size(); ++i) {
        JsonFields one((*json)[i], fields.where("constraints/" + std::to_string(i)), fields.problems());
        Constraint constraint;
        constraint.metric = read_metric(one, known);
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
    const KnownMetrics known(experiment, any_names);
    const Json* one = fields.get("objective");
    const Json* several = fields.get("objectives");
    if (one && several)
        fields.report("objectives", "goes without \"objective\": give one of them");
    else if (several)
        read_several(fields, *several, known, experiment);
    else if (one)
        experiment.study.goal =
            read_goal(*one, fields.where("objective"), known, &experiment, fields.problems());
    else if (any_names)
        experiment.study.goal = {"value", Direction::minimize};
    else if (experiment.trains())
        experiment.study.goal = loss_goal(experiment);
    else
        fields.require("objective");
    read_constraints(fields, known, experiment.study);
}

bool can_report(const Experiment& experiment, const std::string& metric) {
    const KnownMetrics known(experiment, /*any_names=*/false);
    return known.any || known.figure(metric) ||
           std::find(known.names.begin(), known.names.end(), metric) != known.names.end();
}

std::vector<std::string> asked_metrics(const StudySpec& study) {
    std::vector<std::string> names{study.goal.metric};
    for (const Goal& goal : study.more_goals) names.push_back(goal.metric);
    for (const Constraint& bound : study.constraints) names.push_back(bound.metric);
    return names;
}

}  // namespace o2v::orchestrator
