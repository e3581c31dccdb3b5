// A fixed piece of work in this process, run between measurements: what changes in its time is the machine's
// noise, not the programs'.
#pragma once

#include <vector>

namespace o2v::orchestrator {

struct ReferenceTimes {
    double cpu_seconds = 0;     // a chain of multiplications that depend on each other
    double memory_seconds = 0;  // sums over an array that no cache holds
    double mhz = 0;             // of the core it ran on, as the kernel tells it; 0 = it does not
};

// About 0.1 s, on the first of `cores` (any, when empty).
ReferenceTimes run_reference(const std::vector<int>& cores);

}  // namespace o2v::orchestrator
