#include "orchestrator/machine.hpp"

#include <hwloc.h>
#include <sqlite3.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <array>
#include <boost/version.hpp>
#include <cstdint>
#include <fstream>
#include <nlohmann/json.hpp>

#include "orchestrator/topology.hpp"

namespace o2v::orchestrator {
namespace {

std::string cpu_model() {
    std::ifstream info("/proc/cpuinfo");
    for (std::string line; std::getline(info, line);)
        if (line.starts_with("model name") && line.find(": ") != std::string::npos)
            return line.substr(line.find(": ") + 2);
    return "unknown";
}

}  // namespace

std::string host_name() {
    std::array<char, 256> name{};
    gethostname(name.data(), name.size() - 1);
    return name.data();
}

nlohmann::json machine_fingerprint() {
    const Topology topology = read_topology();
    utsname kernel{};
    uname(&kernel);
    nlohmann::json json{{"host", host_name()},
                        {"cpu", cpu_model()},
                        {"cores", topology.cores.size()},
                        {"memory_bytes", static_cast<std::int64_t>(sysconf(_SC_PHYS_PAGES)) *
                                             static_cast<std::int64_t>(sysconf(_SC_PAGESIZE))},
                        {"kernel", std::string(kernel.release)},
                        {"gpus", nlohmann::json::array()}};
    for (const Gpu& gpu : topology.gpus)
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
