// Metrics as JSON.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "model/metrics.hpp"

namespace o2v::model {

// What is not finite becomes null, and NaN on the way back.
nlohmann::json to_json(const Metrics& metrics);
Metrics metrics_from_json(const nlohmann::json& object);  // throws nlohmann::json::exception

}  // namespace o2v::model
