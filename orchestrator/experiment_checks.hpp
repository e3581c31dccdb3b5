// The parts of reading an experiment, one a noun. Private to the orchestrator.
#pragma once

#include <utility>

#include "model/hyperparameters/hyperparameters.hpp"
#include "orchestrator/experiment.hpp"
#include "orchestrator/json_fields.hpp"

namespace o2v::orchestrator {

// A parameter's name and value, canonical; nullopt and a problem at `where` when either is wrong. `problem`
// empty = one of Object2Vec's hyperparameters.
std::optional<std::pair<std::string, ParamValue>> read_setting(const std::string& name,
                                                               const nlohmann::json& value,
                                                               const std::string& where,
                                                               const std::string& problem,
                                                               std::vector<Problem>& problems);
// "fixed": names and values, canonical.
Assignment read_fixed(const nlohmann::json& json, const std::string& where, const std::string& problem,
                      std::vector<Problem>& problems);
// "search.space", against the same tables; conditions on fixed parameters are resolved here.
SearchSpace read_space(const nlohmann::json& json, const std::string& where, const std::string& problem,
                       const Assignment& fixed, std::vector<Problem>& problems);
// Do fixed and searched parameters fit together? Tries the corners and a seeded sample of the space.
void check_combinations(const SearchSpace& space, const Assignment& fixed, const std::string& where,
                        std::vector<Problem>& problems);
// What is given but never has an effect, by the same samples: one problem a name. REQUIRES: they fit
// together.
std::vector<Problem> settings_without_effect(const SearchSpace& space, const Assignment& fixed);

Resources read_resources(const nlohmann::json& json, const std::string& where,
                         std::vector<Problem>& problems);

}  // namespace o2v::orchestrator
