// What `o2v-tune doctor` measures. Each function only looks; none judges, and none throws because of what it
// finds.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "orchestrator/slots.hpp"
#include "orchestrator/topology.hpp"

namespace o2v::orchestrator {

// What `o2v-worker doctor` says.
struct WorkerFacts {
    std::string trouble;        // why it says nothing; empty = it answered
    std::string torch_version;  // empty = it is built without LibTorch, and nothing below is known
    std::string blas;
    bool reference_blas = false;
    int products = 0;  // that were compared with double precision
    // The worst of them: "17x33x65 nt", and its error in units of what rounding explains; infinite when it is
    // not finite.
    std::string worst_product;
    double worst_error = 0;
    double gflops = 0;           // of one thread
    double possible_gflops = 0;  // what the processor's clock and instructions suggest; 0 = unknown
    bool built_with_cuda = false;
    int gpus = 0;  // that LibTorch can use
    std::string gpu_error;
};
WorkerFacts measure_worker();
// The same of an answer that has been read. `possible_gflops` stays 0.
WorkerFacts worker_facts(const std::string& answer);
// GFLOP/s in single precision of one core that /proc/cpuinfo describes so; 0 when it does not tell.
double possible_gflops(const std::string& cpuinfo);

struct CoreFacts {
    int logical = 0;   // CPUs that are online
    int allowed = 0;   // that this process may run on
    int physical = 0;  // cores of those
    int nodes = 1;     // of NUMA
    std::optional<double> quota{};
    std::vector<int> not_pinned{};  // cores that a thread could not be bound to, or did not run on when bound
};
CoreFacts measure_cores(const Topology& topology);

struct GpuFacts {
    std::vector<Gpu> gpus;    // that NVML shows, CUDA_VISIBLE_DEVICES heeded
    std::string driver;       // its version; empty = there is none
    int nvidia_devices = 0;   // on the PCI bus, whether there is a driver or not
    bool restricted = false;  // CUDA_VISIBLE_DEVICES is set
};
GpuFacts measure_gpus(const Topology& topology);

struct MemoryFacts {
    std::int64_t total = 0, available = 0;  // bytes
    std::optional<std::int64_t> limit{};    // of the control group
    std::int64_t swap = 0, swap_free = 0;
    int cores = 1;  // that workers may use
};
MemoryFacts measure_memory(const Topology& topology);

struct FolderFacts {
    std::string path;         // the folder that was examined
    std::string trouble;      // why nothing can be written in it; then nothing below is known
    std::string file_system;  // "ext4", "nfs", "tmpfs"; "" = another
    bool network = false;     // of another machine
    bool in_memory = false;
    std::int64_t free = 0;       // bytes for this user
    double fsync_ms = 0;         // median
    std::string sqlite;          // its version
    std::string sqlite_trouble;  // what went wrong when a database was written and read
};
FolderFacts measure_folder(const std::string& folder);

struct EnvironmentFacts {
    std::vector<std::string> overridden;  // "OMP_NUM_THREADS=64": workers have their own
    std::vector<std::pair<std::string, std::string>> effective;  // reach workers as they are
};
// `environment`: "NAME=value" entries.
EnvironmentFacts measure_environment(const std::vector<std::string>& environment);

struct EnergyFacts {
    std::vector<std::string> counters;  // that can be read
    std::vector<std::string> refused;   // files that this user may not read
};
EnergyFacts measure_energy(const Topology& topology);

struct LimitFacts {
    std::int64_t files = 0, processes = 0;  // soft limits; INT64_MAX = none
    int cores = 1;
};
LimitFacts measure_limits(const Topology& topology);

}  // namespace o2v::orchestrator
