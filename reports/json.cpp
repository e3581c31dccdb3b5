#include "reports/json.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "reports/trial_facts.hpp"

namespace o2v::reports {

Json json_number(double value) {
    return std::isfinite(value) ? Json(value) : Json(nullptr);
}

Json json_of(const Metrics& metrics) {
    Json json = Json::object();
    for (const auto& [name, value] : metrics) json[name] = json_number(value);
    return json;
}

Json json_of(const Assignment& params) {
    Json json = Json::object();
    for (const auto& [name, value] : params)
        json[name] = std::visit([](const auto& v) { return Json(v); }, value);
    return json;
}

Json json_summary(const Trial& trial, const Study& study) {
    const auto value_of = [&](const Goal& goal) {
        const auto value = trial.value(goal);
        return value ? json_number(*value) : Json(nullptr);
    };
    const std::string reason = reason_of(trial);
    Json json;
    json["trial"] = trial.id;
    json["state"] = to_text(trial.state());
    json["value"] = value_of(study.spec().goal);
    if (!study.spec().more_goals.empty()) {
        const std::vector<TrialId>& front = study.pareto_front();
        for (const Goal& goal : study.goals()) json["values"][goal.metric] = value_of(goal);
        json["front"] = std::find(front.begin(), front.end(), trial.id) != front.end();
    }
    if (!study.spec().constraints.empty()) {
        const bool completed = trial.state() == TrialState::completed;
        json["feasible"] = completed ? Json(study.feasible(trial)) : Json(nullptr);
        json["violation"] = completed ? json_number(study.violation(trial)) : Json(nullptr);
    }
    json["params"] = json_of(trial.params);
    json["seed"] = trial.seed;
    json["epochs"] = trial.curve.size();
    json["seconds"] = seconds_of(trial);
    if (const auto joules = joules_of(trial)) json["joules"] = json_number(*joules);
    json["metrics"] = json_of(metrics_of(trial));
    json["reason"] = reason.empty() ? Json(nullptr) : Json(reason);
    return json;
}

std::string dumped(const Json& json) {
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace o2v::reports
