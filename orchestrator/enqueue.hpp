// A configuration to try that comes from outside of the experiment file.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "orchestrator/experiment.hpp"

namespace o2v::orchestrator {

// "learning_rate=0.1" and the like as an object. A value is the text itself where the parameter's domain
// lists that text, otherwise a number or boolean if it reads as one. Throws InputError on what is no setting
// and on a name given twice.
nlohmann::json settings_json(const SearchSpace& space, const std::vector<std::string>& settings);

// The object as a configuration of the study, checked and completed as one of its file's "enqueue" is. Throws
// InputError with all that is wrong, each place beginning with `where`.
Assignment complete_configuration(const Experiment& experiment, const nlohmann::json& given,
                                  const std::string& where);

}  // namespace o2v::orchestrator
