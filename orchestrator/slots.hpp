// Where workers run: exclusive leases on cores and GPUs.
#pragma once

#include <string>
#include <vector>

#include "orchestrator/experiment.hpp"
#include "orchestrator/machine.hpp"

namespace o2v::orchestrator {

struct Slot {
    int number = 0;
    std::string device = "cpu";     // "cpu", "cuda:N" (as the driver numbers GPUs) or "cuda:N,cuda:M"
    std::vector<int> cores;         // disjoint between slots
    int threads = 1;                // = cores.size()
    int devices = 1;                // that train one trial together, of `cores` each its part
    std::string to_string() const;  // "slot 0: cpu, core 0"
    bool operator==(const Slot&) const = default;
};

// auto = one per GPU, else as many CPU slots of `threads` cores as fit; with devices_per_trial = D, one per D
// of them. A number = that many CPU slots (GPU slots while there are GPUs). A list is taken as written; where
// it names no cores they are chosen. Throws InputError when cores or GPUs do not exist, do not suffice or
// would be shared, saying how many there are.
std::vector<Slot> lease_slots(const Resources& resources, const std::vector<int>& cores,
                              const std::vector<Gpu>& gpus);

}  // namespace o2v::orchestrator
