// This machine: its cores, GPUs and fingerprint.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace o2v::orchestrator {

std::string host_name();

// One logical CPU of each physical core this process may run on, in topology order (neighbours share caches
// and NUMA node). From hwloc.
std::vector<int> physical_cores();

struct Gpu {
    int index = 0;  // as the driver numbers them
    std::string name;
    std::string uuid;
    std::int64_t memory_bytes = 0;
};
// The GPUs that NVML sees, restricted to CUDA_VISIBLE_DEVICES when that is set to numbers; none without the
// library.
std::vector<Gpu> gpus();

// {"host", "cpu", "cores", "memory_bytes", "kernel", "gpus": [...]}.
nlohmann::json machine_fingerprint();
// {"o2v", "compiler", "boost", "sqlite", "hwloc"}.
nlohmann::json library_versions();

}  // namespace o2v::orchestrator
