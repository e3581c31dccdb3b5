// The environment that a worker starts with.
#pragma once

#include <string>
#include <vector>

#include "orchestrator/slots.hpp"

namespace o2v::orchestrator {

// "NAME=value" entries of `outer` (this process's) with the slot's limits in place of its own: as many
// threads for OpenMP and every BLAS as a device of the slot has cores, no GPUs but the slot's, and nothing
// that would bind threads to cores beside the worker's own affinity.
std::vector<std::string> worker_environment(const Slot& slot, const std::vector<std::string>& outer);

// The variables above that count or bind threads or choose GPUs: whatever they are set to, workers have their
// own.
const std::vector<std::string>& overridden_variables();

}  // namespace o2v::orchestrator
