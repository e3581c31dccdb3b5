#include "orchestrator/machine.hpp"

#include <hwloc.h>
#include <sqlite3.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <array>
#include <boost/version.hpp>
#include <cstdint>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>

namespace o2v::orchestrator {
namespace {

std::string cpu_model() {
    std::ifstream info("/proc/cpuinfo");
    for (std::string line; std::getline(info, line);)
        if (line.starts_with("model name") && line.find(": ") != std::string::npos)
            return line.substr(line.find(": ") + 2);
    return "unknown";
}

using Bitmap = std::unique_ptr<hwloc_bitmap_s, decltype(&hwloc_bitmap_free)>;

}  // namespace

std::string host_name() {
    std::array<char, 256> name{};
    gethostname(name.data(), name.size() - 1);
    return name.data();
}

std::vector<int> physical_cores() {
    hwloc_topology_t topology = nullptr;
    std::vector<int> cores;
    if (hwloc_topology_init(&topology) != 0) return cores;
    const std::unique_ptr<hwloc_topology, decltype(&hwloc_topology_destroy)> guard(topology,
                                                                                   hwloc_topology_destroy);
    if (hwloc_topology_load(topology) != 0) return cores;
    const Bitmap allowed(hwloc_bitmap_alloc(), hwloc_bitmap_free),
        of_core(hwloc_bitmap_alloc(), hwloc_bitmap_free);
    if (hwloc_get_cpubind(topology, allowed.get(), HWLOC_CPUBIND_PROCESS) != 0)
        hwloc_bitmap_copy(allowed.get(), hwloc_topology_get_allowed_cpuset(topology));
    hwloc_obj_t core = nullptr;
    while ((core = hwloc_get_next_obj_by_type(topology, HWLOC_OBJ_CORE, core)) != nullptr) {
        hwloc_bitmap_and(of_core.get(), core->cpuset, allowed.get());
        if (const int first = hwloc_bitmap_first(of_core.get()); first >= 0) cores.push_back(first);
    }
    if (cores.empty())  // some virtual machines show no cores, only processing units
        for (int pu = hwloc_bitmap_first(allowed.get()); pu >= 0; pu = hwloc_bitmap_next(allowed.get(), pu))
            cores.push_back(pu);
    return cores;
}

nlohmann::json machine_fingerprint() {
    utsname kernel{};
    uname(&kernel);
    nlohmann::json json{{"host", host_name()},
                        {"cpu", cpu_model()},
                        {"cores", physical_cores().size()},
                        {"memory_bytes", static_cast<std::int64_t>(sysconf(_SC_PHYS_PAGES)) *
                                             static_cast<std::int64_t>(sysconf(_SC_PAGESIZE))},
                        {"kernel", std::string(kernel.release)},
                        {"gpus", nlohmann::json::array()}};
    for (const Gpu& gpu : gpus())
        json["gpus"].push_back({{"name", gpu.name}, {"uuid", gpu.uuid}, {"memory_bytes", gpu.memory_bytes}});
    return json;
}

nlohmann::json library_versions() {
    return {{"o2v", O2V_VERSION},
            {"compiler", __VERSION__},
            {"boost", BOOST_LIB_VERSION},
            {"sqlite", sqlite3_libversion()},
            {"hwloc", HWLOC_API_VERSION}};
}

}  // namespace o2v::orchestrator
