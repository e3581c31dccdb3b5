// Cores, GPUs, memory, environment and limits.
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <thread>

#include "orchestrator/control_group.hpp"
#include "orchestrator/doctor_facts.hpp"
#include "orchestrator/energy.hpp"
#include "orchestrator/worker_environment.hpp"

namespace o2v::orchestrator {
namespace {

namespace fs = std::filesystem;

// Cores that a thread that is bound to them does not run on.
std::vector<int> cores_not_pinned(const std::vector<Core>& cores) {
    std::vector<int> failed;
    std::thread([&] {
        for (const Core& core : cores) {
            cpu_set_t set;
            CPU_ZERO(&set);
            CPU_SET(static_cast<std::size_t>(core.cpu), &set);
            if (sched_setaffinity(0, sizeof set, &set) != 0 || sched_getcpu() != core.cpu)
                failed.push_back(core.cpu);
        }
    }).join();
    return failed;
}

// NVIDIA's display controllers on the PCI bus.
int nvidia_devices() {
    int count = 0;
    std::error_code error;
    for (const auto& device : fs::directory_iterator("/sys/bus/pci/devices", error)) {
        std::string vendor, kind;
        std::ifstream(device.path() / "vendor") >> vendor;
        std::ifstream(device.path() / "class") >> kind;
        if (vendor == "0x10de" && kind.starts_with("0x03")) ++count;
    }
    return count;
}

std::int64_t soft_limit(decltype(RLIMIT_NOFILE) resource) {
    rlimit limit{};
    if (getrlimit(resource, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY ||
        limit.rlim_cur > static_cast<rlim_t>(INT64_MAX))
        return INT64_MAX;
    return static_cast<std::int64_t>(limit.rlim_cur);
}

int usable_cores(const Topology& topology) {
    const int cores = static_cast<int>(topology.cores.size());
    return std::min(cores, topology.quota.value_or(cores));
}

}  // namespace

CoreFacts measure_cores(const Topology& topology) {
    CoreFacts facts;
    facts.logical = static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN));
    cpu_set_t set;
    CPU_ZERO(&set);
    facts.allowed = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : facts.logical;
    facts.physical = static_cast<int>(topology.cores.size());
    std::set<int> nodes;
    for (const Core& core : topology.cores) nodes.insert(core.node);
    facts.nodes = static_cast<int>(nodes.size());
    facts.quota = ControlGroup::own().cpus();
    facts.not_pinned = cores_not_pinned(topology.cores);
    return facts;
}

GpuFacts measure_gpus(const Topology& topology) {
    return {topology.gpus, gpu_driver(), nvidia_devices(), std::getenv("CUDA_VISIBLE_DEVICES") != nullptr};
}

MemoryFacts measure_memory(const Topology& topology) {
    MemoryFacts facts;
    std::ifstream file("/proc/meminfo");
    std::string name, unit;
    for (std::int64_t kib = 0; file >> name >> kib; std::getline(file, unit)) {
        if (name == "MemTotal:") facts.total = kib * 1024;
        if (name == "MemAvailable:") facts.available = kib * 1024;
        if (name == "SwapTotal:") facts.swap = kib * 1024;
        if (name == "SwapFree:") facts.swap_free = kib * 1024;
    }
    facts.limit = ControlGroup::own().memory();
    facts.cores = usable_cores(topology);
    return facts;
}

EnvironmentFacts measure_environment(const std::vector<std::string>& environment) {
    static const std::vector<std::pair<std::string, std::string>> kEffective{
        {"OPENBLAS_CORETYPE", "OpenBLAS uses that processor's kernels, on every worker"},
        {"MKL_ENABLE_INSTRUCTIONS", "MKL uses no newer instructions, on every worker"},
        {"ATEN_CPU_CAPABILITY", "LibTorch uses no newer instructions, on every worker"},
        {"MALLOC_ARENA_MAX", "the C library's memory pools are limited, on every worker"},
        {"LD_PRELOAD", "loaded into every worker"},
        {"O2V_WORKER", "the worker program"},
        {"O2V_SHARE_CORES", "runs take cores that other runs hold"}};
    EnvironmentFacts facts;
    for (const std::string& entry : environment) {
        const std::string name = entry.substr(0, entry.find('='));
        const auto& overridden = overridden_variables();
        if (std::find(overridden.begin(), overridden.end(), name) != overridden.end())
            facts.overridden.push_back(entry);
        for (const auto& [known, meaning] : kEffective)
            if (name == known) facts.effective.emplace_back(entry, meaning);
    }
    std::sort(facts.overridden.begin(), facts.overridden.end());
    return facts;
}

EnergyFacts measure_energy(const Topology& topology) {
    std::vector<std::string> gpus;
    for (const Gpu& gpu : topology.gpus) gpus.push_back(gpu.uuid);
    const EnergySources sources = machine_energy(gpus);
    return {EnergyMeter(sources.counters).names(), sources.refused};
}

LimitFacts measure_limits(const Topology& topology) {
    return {soft_limit(RLIMIT_NOFILE), soft_limit(RLIMIT_NPROC), usable_cores(topology)};
}

}  // namespace o2v::orchestrator
