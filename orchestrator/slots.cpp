#include "orchestrator/slots.hpp"

#include <algorithm>
#include <set>

#include "search/study/errors.hpp"

namespace o2v::orchestrator {
namespace {

constexpr const char* kWhere = "/resources/slots";

class CorePool {
  public:
    explicit CorePool(std::vector<int> cores) : free_(std::move(cores)), total_(free_.size()) {}

    // `count` neighbours, for slot `number`.
    std::vector<int> take(std::size_t count, int number) {
        if (free_.size() < count)
            throw InputError(kWhere, "",
                             "slot " + std::to_string(number) + " needs " + std::to_string(count) + " core" +
                                 (count == 1 ? "" : "s") + ", but of this machine's " +
                                 std::to_string(total_) + " usable physical cores " +
                                 std::to_string(free_.size()) + " are left");
        const auto end = free_.begin() + static_cast<std::ptrdiff_t>(count);
        std::vector<int> taken(free_.begin(), end);
        free_.erase(free_.begin(), end);
        return taken;
    }
    void take_named(int core, int number) {
        const auto found = std::find(free_.begin(), free_.end(), core);
        if (found == free_.end())
            throw InputError(
                kWhere, std::to_string(core),
                "slot " + std::to_string(number) +
                    " cannot have this core: it does not "
                    "exist, may not be used by this process, is another one's sibling, or is another slot's");
        free_.erase(found);
    }
    std::size_t left() const { return free_.size(); }

  private:
    std::vector<int> free_;
    std::size_t total_;
};

std::vector<SlotRequest> requests_for(const Resources& resources, std::size_t cores,
                                      const std::vector<Gpu>& gpus) {
    if (const auto* list = std::get_if<std::vector<SlotRequest>>(&resources.slots)) return *list;
    const auto* count = std::get_if<int>(&resources.slots);
    const auto each = static_cast<std::size_t>(resources.devices_per_trial);
    const std::size_t of_gpus = gpus.size() / each;
    std::size_t wanted =
        of_gpus > 0 ? of_gpus
                    : std::max<std::size_t>(cores / (each * static_cast<std::size_t>(resources.threads)), 1);
    if (count) wanted = static_cast<std::size_t>(*count);
    std::vector<SlotRequest> requests(wanted);
    for (std::size_t i = 0; i < std::min(wanted, of_gpus); ++i) {
        requests[i].device.clear();
        for (std::size_t k = i * each; k < (i + 1) * each; ++k) {
            requests[i].device += (k == i * each ? "cuda:" : ",cuda:") + std::to_string(gpus[k].index);
        }
    }
    return requests;
}

void check_gpu(const std::string& device, const std::vector<Gpu>& gpus, std::set<std::string>& taken) {
    const bool exists = std::any_of(gpus.begin(), gpus.end(), [&](const Gpu& gpu) {
        return device == "cuda:" + std::to_string(gpu.index);
    });
    if (!exists)
        throw InputError(kWhere, device,
                         "there is no such GPU: this machine shows " + std::to_string(gpus.size()));
    if (!taken.insert(device).second) throw InputError(kWhere, device, "two slots cannot share a GPU");
}

}  // namespace

std::string Slot::to_string() const {
    std::string text = "slot " + std::to_string(number) + ": " + device +
                       (device == "cpu" && devices > 1 ? " x " + std::to_string(devices) : "") +
                       (cores.size() == 1 ? ", core " : ", cores ");
    for (const int core : cores) text += (core == cores.front() ? "" : ",") + std::to_string(core);
    return text;
}

std::vector<Slot> lease_slots(const Resources& resources, const std::vector<int>& cores,
                              const std::vector<Gpu>& gpus) {
    const std::vector<SlotRequest> requests = requests_for(resources, cores.size(), gpus);
    CorePool pool(cores);
    std::set<std::string> gpus_taken;
    std::vector<Slot> slots;
    for (const SlotRequest& request : requests) {
        Slot slot;
        slot.number = static_cast<int>(slots.size());
        slot.device = request.device;
        slot.cores = request.cores;
        for (const int core : request.cores) pool.take_named(core, slot.number);
        slot.devices = resources.devices_per_trial;
        if (request.device != "cpu") {
            const std::vector<std::string> names = gpu_names(request.device);
            if (names.size() != static_cast<std::size_t>(slot.devices))
                throw InputError(
                    kWhere, request.device,
                    "must name as many GPUs as devices_per_trial says: " + std::to_string(slot.devices));
            for (const std::string& name : names) check_gpu(name, gpus, gpus_taken);
        }
        slots.push_back(std::move(slot));
    }
    for (Slot& slot : slots) {
        if (slot.cores.empty())
            slot.cores = pool.take(static_cast<std::size_t>(resources.threads * slot.devices), slot.number);
        slot.threads = static_cast<int>(slot.cores.size());
        if (slot.threads < slot.devices)
            throw InputError(kWhere, "",
                             "slot " + std::to_string(slot.number) + " has " + std::to_string(slot.threads) +
                                 " cores for devices_per_trial = " + std::to_string(slot.devices));
    }
    return slots;
}

}  // namespace o2v::orchestrator
