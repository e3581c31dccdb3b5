#include "model/json_values.hpp"

#include <limits>
#include <nlohmann/json.hpp>

namespace o2v::model {

using nlohmann::json;

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
