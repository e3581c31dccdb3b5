// This machine's cores and GPUs, and which are near which.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace o2v::orchestrator {

struct Core {
    int cpu = 0;    // the logical CPU of it that workers are bound to
    int node = 0;   // the NUMA node whose memory it is near
    int first = 0;  // its lowest logical CPU, usable or not: what every process knows it by
    bool operator==(const Core&) const = default;
};

struct Gpu {
    int index = 0;  // as the driver numbers them
    std::string name;
    std::string uuid;
    std::int64_t memory_bytes = 0;
    std::string bus;  // of PCI, "00000000:3b:00.0"; empty = unknown
    int node = -1;    // the NUMA node it is near; -1 = unknown, or near several
    bool operator==(const Gpu&) const = default;
};
// The GPUs that NVML sees, restricted to CUDA_VISIBLE_DEVICES when that is set to numbers; none without the
// library. `node` is left unknown.
std::vector<Gpu> gpus();
// The driver's version, "" without one.
std::string gpu_driver();

struct Topology {
    // The physical cores that this process may run on; neighbours share caches.
    std::vector<Core> cores;
    std::vector<Gpu> gpus;
    // The control group allows the time of so many cores and no more; nullopt = no limit.
    std::optional<int> quota{};

    bool has_nodes() const;  // more than one
    bool operator==(const Topology&) const = default;
};

// From hwloc, NVML and the control group. Without hwloc's cores (some virtual machines show none) every
// logical CPU counts as one.
Topology read_topology();
// What hwloc makes of such a description as "node:2 core:4 pu:2"; no GPUs and no quota. Throws
// std::invalid_argument.
Topology synthetic_topology(const std::string& description);

}  // namespace o2v::orchestrator
