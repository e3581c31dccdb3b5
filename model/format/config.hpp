// config.json of a model folder: {"format": "o2v-model/1", "hyperparameters": {complete, canonical names}}.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "model/hyperparameters/hyperparameters.hpp"
#include "search/study/assignment.hpp"

namespace o2v::model {

inline constexpr const char* kModelFormat = "o2v-model/1";

std::string config_text(const Options& options);
// Throws std::runtime_error that says what is wrong; Options that resolve() would take come back equal.
Options parse_config(std::string_view text);

// Floats keep a decimal point or exponent, so that they come back as floats.
nlohmann::json to_json(const Assignment& params);
Assignment assignment_from_json(const nlohmann::json& object);  // throws nlohmann::json::exception

}  // namespace o2v::model
