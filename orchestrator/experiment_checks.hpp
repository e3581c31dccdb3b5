// The parts of reading an experiment, one a noun. Private to the orchestrator.
#pragma once

#include "model/hyperparameters/hyperparameters.hpp"
#include "orchestrator/experiment.hpp"
#include "orchestrator/json_fields.hpp"

namespace o2v::orchestrator {

// "fixed": names and values, canonical. `problem` empty = Object2Vec's hyperparameters.
Assignment read_fixed(const nlohmann::json& json, const std::string& where, const std::string& problem,
                      std::vector<Problem>& problems);
// "search.space", against the same tables; conditions on fixed parameters are resolved here.
SearchSpace read_space(const nlohmann::json& json, const std::string& where, const std::string& problem,
                       const Assignment& fixed, std::vector<Problem>& problems);
// Do fixed and searched parameters fit together? Tries the corners and a seeded sample of the space.
void check_combinations(const SearchSpace& space, const Assignment& fixed, const std::string& where,
                        std::vector<Problem>& problems);

Resources read_resources(const nlohmann::json& json, const std::string& where,
                         std::vector<Problem>& problems);

}  // namespace o2v::orchestrator
