#include "orchestrator/worker_environment.hpp"

#include <algorithm>
#include <cstring>

#include "worker/host/environment.hpp"

namespace o2v::orchestrator {
namespace {

constexpr const char* kOrder = "CUDA_DEVICE_ORDER";
constexpr const char* kVisible = "CUDA_VISIBLE_DEVICES";

}  // namespace

const std::vector<std::string>& overridden_variables() {
    static const std::vector<std::string> names = [] {
        std::vector<std::string> all = worker::thread_variables();
        all.insert(all.begin(), {kOrder, kVisible});
        return all;
    }();
    return names;
}

std::vector<std::string> worker_environment(const Slot& slot, const std::vector<std::string>& outer) {
    std::vector<std::string> environment =
        worker::with_threads(outer, std::max(slot.threads / slot.devices, 1));
    std::erase_if(environment, [](const std::string& entry) {
        const std::string name = entry.substr(0, entry.find('='));
        return name == kOrder || name == kVisible;
    });
    std::string gpus;
    if (slot.device != "cpu")
        for (const std::string& name : gpu_names(slot.device))
            gpus += (gpus.empty() ? "" : ",") + name.substr(std::strlen("cuda:"));
    environment.push_back(std::string(kOrder) + "=PCI_BUS_ID");  // the numbering NVML uses
    environment.push_back(std::string(kVisible) + '=' + gpus);
    return environment;
}

}  // namespace o2v::orchestrator
