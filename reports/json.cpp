#include "reports/json.hpp"

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

Json json_summary(const Trial& trial, const Goal& goal) {
    const auto value = trial.value(goal);
    const std::string reason = reason_of(trial);
    Json json;
    json["trial"] = trial.id;
    json["state"] = to_text(trial.state());
    json["value"] = value ? json_number(*value) : Json(nullptr);
    json["params"] = json_of(trial.params);
    json["seed"] = trial.seed;
    json["epochs"] = trial.curve.size();
    json["seconds"] = seconds_of(trial);
    json["metrics"] = json_of(metrics_of(trial));
    json["reason"] = reason.empty() ? Json(nullptr) : Json(reason);
    return json;
}

std::string dumped(const Json& json) {
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace o2v::reports
