// Assignments and metrics as JSON.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "model/metrics.hpp"
#include "search/study/assignment.hpp"

namespace o2v::model {

// Floats keep a decimal point or exponent, so that they come back as floats.
nlohmann::json to_json(const Assignment& params);
Assignment assignment_from_json(const nlohmann::json& object);  // throws nlohmann::json::exception
// What is not finite becomes null, and NaN on the way back.
nlohmann::json to_json(const Metrics& metrics);
Metrics metrics_from_json(const nlohmann::json& object);  // throws nlohmann::json::exception

}  // namespace o2v::model
