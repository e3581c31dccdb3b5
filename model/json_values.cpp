#include "model/json_values.hpp"

#include <limits>
#include <nlohmann/json.hpp>

namespace o2v::model {

using nlohmann::json;

json to_json(const Assignment& params) {
    json object = json::object();
    for (const auto& [name, value] : params) {
        std::visit([&, &key = name](const auto& v) { object[key] = v; }, value);
    }
    return object;
}

Assignment assignment_from_json(const json& object) {
    Assignment params;
    for (const auto& [name, value] : object.items()) {
        if (value.is_number_float()) {
            params[name] = value.get<double>();
        } else if (value.is_number_integer()) {
            params[name] = value.get<std::int64_t>();
        } else {
            params[name] = value.get<std::string>();
        }
    }
    return params;
}

json to_json(const Metrics& metrics) {
    json object = json::object();
    for (const auto& [name, value] : metrics) object[name] = value;
    return object;
}

Metrics metrics_from_json(const json& object) {
    Metrics metrics;
    for (const auto& [name, value] : object.items()) {
        metrics[name] = value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>();
    }
    return metrics;
}

}  // namespace o2v::model
