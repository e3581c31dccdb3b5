#include <nlohmann/json.hpp>

#include "orchestrator/experiment.hpp"
#include "orchestrator/experiment_checks.hpp"
#include "orchestrator/warm_start.hpp"
#include "worker/protocol/json.hpp"

namespace o2v::orchestrator {
namespace {

using Json = nlohmann::json;

const char* scale_name(Scale scale) {
    return scale == Scale::linear ? "linear" : scale == Scale::log ? "log" : "reverse_log";
}

Json domain_json(const Domain& domain) {
    const auto range = [](const auto& d, const char* type, bool stepped) {
        Json json{{"type", type}, {"min", d.min}, {"max", d.max}, {"scale", scale_name(d.scale)}};
        if (stepped) json["step"] = d.step;
        return json;
    };
    if (const auto* d = std::get_if<FloatDomain>(&domain)) return range(*d, "float", d->step != 0);
    if (const auto* d = std::get_if<IntDomain>(&domain)) return range(*d, "int", d->step != 1);
    Json values = Json::array();
    for (const ParamValue& v : *listed_values(domain)) values.push_back(protocol::to_json(v));
    const bool ordinal = std::holds_alternative<OrdinalDomain>(domain);
    return {{"type", ordinal ? "ordinal" : "categorical"}, {"values", values}};
}

Json condition_json(const Condition& condition) {
    if (!condition.min && !condition.max) return condition.values;
    Json range = Json::object();
    if (condition.min) range["min"] = *condition.min;
    if (condition.max) range["max"] = *condition.max;
    return range;
}

Json space_json(const SearchSpace& space) {
    Json json = Json::object();
    for (const Parameter& parameter : space.parameters()) {
        Json& entry = json[parameter.name] = domain_json(parameter.domain);
        for (const Condition& condition : parameter.only_if)
            entry["when"][condition.parent] = condition_json(condition);
        if (parameter.initial) entry["default"] = protocol::to_json(*parameter.initial);
    }
    return json;
}

Json search_json(const StudySpec& study) {
    const SearchOptions& search = study.search;
    Json json{{"strategy", search.strategy},       {"seed", search.seed},
              {"grid_points", search.grid_points}, {"population", search.population},
              {"interval", search.interval},       {"repeats", search.repeats},
              {"space", space_json(study.space)}};
    for (const Combination& combination : study.space.forbidden()) {
        Json conditions = Json::object();
        for (const Condition& condition : combination)
            conditions[condition.parent] = condition_json(condition);
        json["forbidden"].push_back(std::move(conditions));
    }
    for (const Assignment& params : study.enqueued) json["enqueue"].push_back(protocol::to_json(params));
    return json;
}

Json pruner_json(const PrunerOptions& pruner) {
    return {{"type", pruner.type},
            {"startup_trials", pruner.startup_trials},
            {"warmup_epochs", pruner.warmup_epochs},
            {"percentile", pruner.percentile},
            {"patience", pruner.patience},
            {"min_delta", pruner.min_delta},
            {"min_epochs", pruner.min_epochs},
            {"max_epochs", pruner.max_epochs},
            {"reduction_factor", pruner.reduction_factor},
            {"brackets", pruner.brackets},
            {"mode", pruner.stops ? "stopping" : "promotion"}};
}

Json goal_json(const Goal& goal) {
    return {{"metric", goal.metric}, {"direction", to_text(goal.direction)}};
}

void put_command(const protocol::CommandSpec& command, Json& objective) {
    objective["command"] = command.arguments;
    objective["folder"] = command.folder;
    objective["value"] = command.value == protocol::ValueRule::last ? "last" : "best";
    for (const protocol::MetricDefinition& definition : command.metrics)
        objective["metrics"].push_back({{"name", definition.name}, {"regex", definition.regex}});
}

// "objective", or "objectives" when there are several, and "constraints".
void put_objectives(const Experiment& e, Json& json) {
    Json first = goal_json(e.study.goal);
    if (e.command.empty())
        first["keep"] = e.keep == protocol::Keep::loss   ? "loss"
                        : e.keep == protocol::Keep::last ? "last"
                                                         : "objective";
    else
        put_command(e.command, first);
    if (e.study.more_goals.empty()) {
        json["objective"] = std::move(first);
    } else {
        json["objectives"].push_back(std::move(first));
        for (const Goal& goal : e.study.more_goals) json["objectives"].push_back(goal_json(goal));
    }
    for (const Constraint& constraint : e.study.constraints) {
        Json one{{"metric", constraint.metric}};
        if (constraint.min) one["min"] = *constraint.min;
        if (constraint.max) one["max"] = *constraint.max;
        json["constraints"].push_back(std::move(one));
    }
}

Json budget_json(const Budget& budget) {
    Json json = Json::object();
    if (budget.trials) json["trials"] = *budget.trials;
    if (budget.time) json["time"] = static_cast<double>(budget.time->count()) / 1000;
    if (budget.target) json["target"] = *budget.target;
    if (budget.no_improvement) json["no_improvement"] = *budget.no_improvement;
    if (budget.expected_gain) json["expected_gain"] = *budget.expected_gain;
    return json;
}

Json slots_json(const SlotsRequest& slots) {
    if (const auto* count = std::get_if<int>(&slots)) return *count;
    const auto* requests = std::get_if<std::vector<SlotRequest>>(&slots);
    if (!requests) return "auto";
    Json json = Json::array();
    for (const SlotRequest& request : *requests) {
        Json slot{{"device", request.device}};
        if (!request.cores.empty()) slot["cores"] = request.cores;
        json.push_back(slot);
    }
    return json;
}

Json limits_json(const TrialLimits& limits) {
    const auto seconds = [](std::chrono::milliseconds time) {
        return static_cast<double>(time.count()) / 1000;
    };
    Json json{{"silence", seconds(limits.silence)}, {"memory_growth", limits.memory_growth_bytes}};
    if (limits.trial_time) json["trial_time"] = seconds(*limits.trial_time);
    if (limits.epoch_time) json["epoch_time"] = seconds(*limits.epoch_time);
    if (limits.memory_bytes) json["memory"] = *limits.memory_bytes;
    if (limits.trials_per_worker) json["trials_per_worker"] = *limits.trials_per_worker;
    return json;
}

Json data_json(const protocol::DataPaths& data) {
    Json json{{"train", data.train}};
    const auto put = [&json](const char* key, const std::string& path) {
        if (!path.empty()) json[key] = path;
    };
    put("validation", data.validation);
    put("test", data.test);
    put("auxiliary", data.auxiliary);
    put("labels", data.labels);
    Json vocabulary = Json::object();
    if (!data.vocabulary0.empty()) vocabulary["in0"] = data.vocabulary0;
    if (!data.vocabulary1.empty()) vocabulary["in1"] = data.vocabulary1;
    if (!vocabulary.empty()) json["vocabulary"] = vocabulary;
    if (data.skip_bad_lines > 0) json["skip_bad_lines"] = data.skip_bad_lines;
    return json;
}

// One line for every leaf that differs.
void compare(const Json& before, const Json& after, const std::string& path,
             std::vector<std::string>& lines) {
    if (before.is_object() && after.is_object()) {
        for (const auto& [key, value] : before.items())
            compare(value, after.contains(key) ? after.at(key) : Json(), path + "/" + key, lines);
        for (const auto& [key, value] : after.items())
            if (!before.contains(key)) compare(Json(), value, path + "/" + key, lines);
    } else if (before != after) {
        const auto shown = [](const Json& json) {
            return json.is_null() ? std::string("(absent)") : json.dump();
        };
        lines.push_back(path + ": " + shown(before) + " -> " + shown(after));
    }
}

}  // namespace

Json to_json(const Experiment& e) {
    const StudySpec& study = e.study;
    Json json{{"name", study.name},
              {"fixed", protocol::to_json(study.fixed)},
              {"search", search_json(study)},
              {"pruner", pruner_json(study.pruner)},
              {"budget", budget_json(study.budget)},
              {"resources", {{"slots", slots_json(e.resources.slots)}, {"threads", e.resources.threads}}}};
    put_objectives(e, json);
    put_warm_start(e, json);
    json["limits"] = limits_json(e.limits);
    json["durability"] = e.durability == Durability::second ? "second" : "at_once";
    if (e.reproducible) {
        json["reproducible"] = true;
        json["window"] = e.window;
    }
    if (e.resources.devices_per_trial != 1)
        json["resources"]["devices_per_trial"] = e.resources.devices_per_trial;
    if (e.resources.slurm) json["resources"] = slurm_json(*e.resources.slurm);
    if (e.resources.trials_per_gpu != 1) json["resources"]["trials_per_gpu"] = e.resources.trials_per_gpu;
    if (!e.description.empty()) json["description"] = e.description;
    if (!e.problem.empty())
        json["problem"] = e.problem;
    else if (e.command.empty() && !e.is_asked())
        json["data"] = data_json(e.data);
    if (e.promote) {
        json["promote"] = {{"as", e.promote->as}, {"mode", e.promote->mode}};
        if (e.promote->refit) json["promote"]["refit"] = true;
    }
    if (!e.notify.empty()) json["notify"] = {{"command", e.notify}};
    return json;
}

std::vector<std::string> differences(const Json& before, const Json& after, Change allowed) {
    const char* keys[] = {"name",   "problem", "data",   "objective",    "objectives", "constraints", "fixed",
                          "search", "pruner",  "budget", "reproducible", "window",     "warm_start"};
    std::vector<std::string> lines;
    for (const std::string key : keys) {
        Json one = before.value(key, Json()), other = after.value(key, Json());
        if (allowed == Change::extension) {
            if (key == "budget") continue;
            if (key == "search")
                for (const char* grows : {"space", "forbidden", "enqueue"}) {
                    one.erase(grows);
                    other.erase(grows);
                }
        }
        compare(one, other, "/" + key, lines);
    }
    return lines;
}

}  // namespace o2v::orchestrator
