#include "orchestrator/worker_environment.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstring>

namespace o2v::orchestrator {
namespace {

// OpenMP; OpenBLAS and its former name; MKL; BLIS.
constexpr const char* kThreadCounts[] = {"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "GOTO_NUM_THREADS",
                                         "MKL_NUM_THREADS", "BLIS_NUM_THREADS"};
// They would override the counts, or move threads off the cores that a worker has been given.
constexpr const char* kCleared[] = {
    "OMP_PROC_BIND",         "OMP_PLACES",   "OMP_DYNAMIC",   "OMP_THREAD_LIMIT",
    "GOMP_CPU_AFFINITY",     "KMP_AFFINITY", "KMP_HW_SUBSET", "MKL_DOMAIN_NUM_THREADS",
    "OMP_TEAMS_THREAD_LIMIT"};
constexpr const char* kOrder = "CUDA_DEVICE_ORDER";
constexpr const char* kVisible = "CUDA_VISIBLE_DEVICES";

}  // namespace

const std::vector<std::string>& overridden_variables() {
    static const std::vector<std::string> names = [] {
        std::vector<std::string> all{kOrder, kVisible};
        all.insert(all.end(), std::begin(kThreadCounts), std::end(kThreadCounts));
        all.insert(all.end(), std::begin(kCleared), std::end(kCleared));
        return all;
    }();
    return names;
}

std::vector<std::string> worker_environment(const Slot& slot, const std::vector<std::string>& outer) {
    std::vector<std::string> environment;
    for (const std::string& entry : outer) {
        const std::string name = entry.substr(0, entry.find('='));
        const std::vector<std::string>& own = overridden_variables();
        if (std::find(own.begin(), own.end(), name) == own.end()) environment.push_back(entry);
    }
    const std::string threads = std::to_string(std::max(slot.threads / slot.devices, 1));
    for (const char* name : kThreadCounts) environment.push_back(std::string(name) + '=' + threads);
    std::string gpus;
    if (slot.device != "cpu")
        for (const std::string& name : gpu_names(slot.device))
            gpus += (gpus.empty() ? "" : ",") + name.substr(std::strlen("cuda:"));
    environment.push_back(std::string(kOrder) + "=PCI_BUS_ID");  // the numbering NVML uses
    environment.push_back(std::string(kVisible) + '=' + gpus);
    return environment;
}

std::vector<std::string> own_environment() {
    std::vector<std::string> entries;
    for (char** entry = environ; *entry; ++entry) entries.emplace_back(*entry);
    return entries;
}

}  // namespace o2v::orchestrator
