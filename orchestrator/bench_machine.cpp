#include "orchestrator/bench_machine.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "model/data/dataset.hpp"
#include "model/data/hash.hpp"
#include "orchestrator/control_group.hpp"
#include "orchestrator/machine.hpp"

namespace o2v::orchestrator {
namespace {

using Json = nlohmann::json;

// What the first processor can do, as a checksum: equal models of a virtual machine may differ in it.
std::string flags_hash() {
    std::ifstream info("/proc/cpuinfo");
    data::StreamHash hash;
    for (std::string line; std::getline(info, line);)
        if (line.starts_with("flags") || line.starts_with("Features")) {
            hash.add(line.data(), line.size());
            break;
        }
    return hash.hex();
}

std::string first_word(const char* path) {
    std::string word;
    std::ifstream(path) >> word;
    return word;
}

}  // namespace

Json bench_machine() {
    Json json = machine_fingerprint();
    json["logical_cpus"] = sysconf(_SC_NPROCESSORS_ONLN);
    json["cpu_flags_xxh3"] = flags_hash();
    json["governor"] = first_word("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
    const ControlGroup group = ControlGroup::own();
    if (const auto cpus = group.cpus()) json["cgroup_cpus"] = *cpus;
    if (const auto memory = group.memory()) json["cgroup_memory_bytes"] = *memory;
    return json;
}

Json bench_code(const std::string& worker_program, const std::string& serve_program) {
    Json programs = Json::object();
    programs["o2v-tune"] = data::file_hash("/proc/self/exe");
    for (const std::string& program : {worker_program, serve_program})
        if (!program.empty())
            programs[std::filesystem::path(program).filename().string()] = data::file_hash(program);
    return {{"version", O2V_VERSION}, {"programs", std::move(programs)}};
}

Json bench_worker(const WorkerRecord& worker) {
    return {{"device", worker.device},
            {"device_name", worker.device_name},
            {"threads", worker.threads},
            {"torch", worker.torch_version},
            {"blas", worker.blas}};
}

Json confinement(const Slot& slot, std::optional<std::int64_t> memory_bytes) {
    Json json{{"cores", slot.cores.size()}, {"cpus", slot.cores}, {"cores_by", "affinity"}};
    if (memory_bytes) {
        json["memory_bytes"] = *memory_bytes;
        json["memory_by"] =
            "RLIMIT_DATA (private writable memory; not the page cache), and a look at a worker's resident "
            "memory every second";
    }
    return json;
}

}  // namespace o2v::orchestrator
