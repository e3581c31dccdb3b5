// NVIDIA's management library, opened at run time so that machines without a driver need nothing.
#include <dlfcn.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <set>
#include <sstream>

#include "orchestrator/energy.hpp"
#include "orchestrator/topology.hpp"

namespace o2v::orchestrator {
namespace {

// The few declarations of nvml.h that are needed; its ABI is stable by NVIDIA's promise.
struct NvmlMemory {
    unsigned long long total, free, used;
};
struct NvmlPci {
    std::array<char, 16> short_id;
    unsigned domain, bus, device, device_id, subsystem_id;
    std::array<char, 32> id;  // "00000000:3B:00.0"
};
using Device = void*;

class Nvml {
  public:
    Nvml() : library_(dlopen("libnvidia-ml.so.1", RTLD_NOW | RTLD_LOCAL)) {
        if (!library_) return;
        bind(init_, "nvmlInit_v2");
        bind(shut_down_, "nvmlShutdown");
        bind(count_, "nvmlDeviceGetCount_v2");
        bind(handle_, "nvmlDeviceGetHandleByIndex_v2");
        bind(name_, "nvmlDeviceGetName");
        bind(uuid_, "nvmlDeviceGetUUID");
        bind(memory_, "nvmlDeviceGetMemoryInfo");
        bind(pci_, "nvmlDeviceGetPciInfo_v3");
        bind(driver_, "nvmlSystemGetDriverVersion");
        bind(energy_, "nvmlDeviceGetTotalEnergyConsumption");
        ready_ = init_ && shut_down_ && count_ && handle_ && name_ && uuid_ && memory_ && init_() == 0;
    }
    Nvml(const Nvml&) = delete;
    Nvml& operator=(const Nvml&) = delete;
    ~Nvml() {
        if (ready_) shut_down_();
        if (library_) dlclose(library_);
    }

    std::vector<Gpu> devices() const {
        std::vector<Gpu> found;
        unsigned count = 0;
        if (!ready_ || count_(&count) != 0) return found;
        for (unsigned i = 0; i < count; ++i) {
            Device device = nullptr;
            std::array<char, 96> name{}, uuid{};
            NvmlMemory memory{};
            if (handle_(i, &device) != 0) continue;
            name_(device, name.data(), static_cast<unsigned>(name.size()));
            uuid_(device, uuid.data(), static_cast<unsigned>(uuid.size()));
            memory_(device, &memory);
            found.push_back({static_cast<int>(i), name.data(), uuid.data(),
                             static_cast<std::int64_t>(memory.total), bus_of(device)});
        }
        return found;
    }

    // Microjoules since the driver was loaded.
    std::optional<std::uint64_t> energy(int index) const {
        Device device = nullptr;
        unsigned long long millijoules = 0;
        if (!ready_ || !energy_ || handle_(static_cast<unsigned>(index), &device) != 0 ||
            energy_(device, &millijoules) != 0)
            return std::nullopt;
        return millijoules * 1000;
    }

    std::string driver() const {
        std::array<char, 96> version{};
        if (!ready_ || !driver_ || driver_(version.data(), static_cast<unsigned>(version.size())) != 0)
            return "";
        return version.data();
    }

  private:
    std::string bus_of(Device device) const {
        NvmlPci pci{};
        if (!pci_ || pci_(device, &pci) != 0) return "";
        pci.id.back() = 0;
        return pci.id.data();
    }
    template <class Function>
    void bind(Function& function, const char* symbol) {
        function = reinterpret_cast<Function>(dlsym(library_, symbol));
    }

    void* library_;
    bool ready_ = false;
    int (*init_)() = nullptr;
    int (*shut_down_)() = nullptr;
    int (*count_)(unsigned*) = nullptr;
    int (*handle_)(unsigned, Device*) = nullptr;
    int (*name_)(Device, char*, unsigned) = nullptr;
    int (*uuid_)(Device, char*, unsigned) = nullptr;
    int (*memory_)(Device, NvmlMemory*) = nullptr;
    int (*pci_)(Device, NvmlPci*) = nullptr;
    int (*driver_)(char*, unsigned) = nullptr;
    int (*energy_)(Device, unsigned long long*) = nullptr;
};

}  // namespace

std::string gpu_driver() {
    return Nvml().driver();
}

std::vector<EnergyCounter> gpu_energy(const std::vector<std::string>& uuids) {
    std::vector<EnergyCounter> counters;
    if (uuids.empty()) return counters;
    const auto nvml = std::make_shared<Nvml>();
    for (const Gpu& gpu : nvml->devices()) {
        const auto read = [nvml, index = gpu.index] { return nvml->energy(index); };
        if (std::find(uuids.begin(), uuids.end(), gpu.uuid) != uuids.end() && read())
            counters.push_back({gpu.uuid, read, 0});
    }
    return counters;
}

std::vector<Gpu> gpus() {
    std::vector<Gpu> all = Nvml().devices();
    const char* visible = std::getenv("CUDA_VISIBLE_DEVICES");
    if (!visible) return all;
    std::set<std::string> wanted;
    std::stringstream list(visible);
    for (std::string entry; std::getline(list, entry, ',');) wanted.insert(entry);
    std::erase_if(all, [&](const Gpu& gpu) {
        return !wanted.contains(std::to_string(gpu.index)) && !wanted.contains(gpu.uuid);
    });
    return all;
}

}  // namespace o2v::orchestrator
