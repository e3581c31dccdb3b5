// What may change about a study that has begun.
#pragma once

#include <string>
#include <vector>

#include "orchestrator/experiment.hpp"
#include "orchestrator/storage.hpp"

namespace o2v::orchestrator {

// Why the study in `storage` cannot go on as `experiment`, one line each; empty = it can. By an extension the
// budget, the space and the configurations to try first may change: a parameter that stays keeps its type,
// scale and step, ordinals keep their order, and every trial there is lies in the new space.
std::vector<std::string> obstacles(const Storage& storage, const Experiment& experiment, Change allowed);

// The parts of it: what of the space cannot change like this, and which trials lie outside ("trial 3: layers
// = 9 is not in the range or list").
std::vector<std::string> space_obstacles(const SearchSpace& before, const SearchSpace& after,
                                         const std::vector<Trial>& trials);

}  // namespace o2v::orchestrator
