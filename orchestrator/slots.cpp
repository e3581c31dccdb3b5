#include "orchestrator/slots.hpp"

#include <algorithm>
#include <set>

#include "orchestrator/core_pool.hpp"
#include "search/study/errors.hpp"

namespace o2v::orchestrator {
namespace {

std::string core_lock(const Core& core) {
    return "core-" + std::to_string(core.first);
}
std::string gpu_lock(const Gpu& gpu) {
    return "gpu-" + gpu.uuid;
}
std::string name_of(const Gpu& gpu) {
    return "cuda:" + std::to_string(gpu.index);
}

template <class Range>
std::string joined(const Range& items) {
    std::string text;
    for (const auto& item : items) {
        if (!text.empty()) text += ',';
        if constexpr (std::is_same_v<std::decay_t<decltype(item)>, std::string>)
            text += item;
        else
            text += std::to_string(item);
    }
    return text;
}

const Gpu& find_gpu(const std::string& device, const Topology& topology) {
    for (const Gpu& gpu : topology.gpus)
        if (name_of(gpu) == device) return gpu;
    throw InputError(kSlotsField, device,
                     "there is no such GPU: this machine shows " + std::to_string(topology.gpus.size()));
}

// How many slots an "auto" makes, and what it leaves idle.
std::size_t automatic_count(std::size_t on_gpus, std::size_t on_cores, std::vector<std::string>& notes) {
    if (on_gpus == 0) return std::max<std::size_t>(on_cores, 1);
    const std::size_t count = std::clamp<std::size_t>(on_cores, 1, on_gpus);
    if (count < on_gpus)
        notes.push_back("there are cores for " + std::to_string(count) + " of the " +
                        std::to_string(on_gpus) + " slots that the GPUs would carry");
    return count;
}

std::vector<SlotRequest> requests_for(const Resources& resources, const Topology& topology,
                                      std::vector<std::string>& notes) {
    if (const auto* list = std::get_if<std::vector<SlotRequest>>(&resources.slots)) return *list;
    const auto each = static_cast<std::size_t>(resources.devices_per_trial);
    const std::size_t groups = topology.gpus.size() / each;
    const std::size_t on_gpus = groups * static_cast<std::size_t>(resources.trials_per_gpu);
    const std::size_t on_cores =
        CorePool(topology).left() / (each * static_cast<std::size_t>(resources.threads));
    const auto* count = std::get_if<int>(&resources.slots);
    std::vector<SlotRequest> requests(count ? static_cast<std::size_t>(*count)
                                            : automatic_count(on_gpus, on_cores, notes));
    for (std::size_t i = 0; i < std::min(requests.size(), on_gpus); ++i) {
        requests[i].device.clear();
        for (std::size_t k = 0; k < each; ++k)
            requests[i].device += (k == 0 ? "" : ",") + name_of(topology.gpus[(i % groups) * each + k]);
    }
    return requests;
}

// The GPUs of a slot, and the node they are near: -1 when that is unknown or they are near several.
int put_gpus(Slot& slot, const Topology& topology) {
    int node = -1;
    const std::vector<std::string> names = gpu_names(slot.device);
    if (names.size() != static_cast<std::size_t>(slot.devices))
        throw InputError(kSlotsField, slot.device,
                         "must name as many GPUs as devices_per_trial says: " + std::to_string(slot.devices));
    for (const std::string& name : names) {
        const Gpu& gpu = find_gpu(name, topology);
        node = slot.gpus.empty() || node == gpu.node ? gpu.node : -1;
        slot.gpus.push_back(gpu.uuid);
        slot.locks.push_back(gpu_lock(gpu));
    }
    return node;
}

// How the slots share their GPUs.
void put_shares(std::vector<Slot>& slots, int most) {
    std::map<std::string, int> of_gpu;
    for (Slot& slot : slots)
        for (const std::string& gpu : slot.gpus) slot.share = ++of_gpu[gpu];
    for (Slot& slot : slots)
        for (const std::string& gpu : slot.gpus) {
            slot.shares = of_gpu.at(gpu);
            if (slot.shares > most)
                throw InputError(kSlotsField, slot.device,
                                 most == 1 ? "two slots cannot share a GPU, unless trials_per_gpu says so"
                                           : std::to_string(slot.shares) +
                                                 " slots would share a GPU; trials_per_gpu allows " +
                                                 std::to_string(most));
        }
}

void put_cores(Slot& slot, const std::vector<Core>& cores, bool has_nodes) {
    std::set<int> nodes;
    for (const Core& core : cores) {
        slot.cores.push_back(core.cpu);
        slot.locks.push_back(core_lock(core));
        nodes.insert(core.node);
    }
    if (has_nodes) slot.nodes.assign(nodes.begin(), nodes.end());
    slot.threads = static_cast<int>(slot.cores.size());
    if (slot.threads < slot.devices)
        throw InputError(kSlotsField, "",
                         "slot " + std::to_string(slot.number) + " has " + std::to_string(slot.threads) +
                             " cores for devices_per_trial = " + std::to_string(slot.devices));
}

// Cores that are named go first, then those near GPUs.
Lease lease_all(const Resources& resources, const Topology& topology) {
    Lease lease;
    const std::vector<SlotRequest> requests = requests_for(resources, topology, lease.notes);
    CorePool pool(topology);
    std::vector<int> near;
    for (const SlotRequest& request : requests) {
        Slot slot;
        slot.number = static_cast<int>(lease.slots.size());
        slot.device = request.device;
        slot.devices = resources.devices_per_trial;
        near.push_back(slot.device == "cpu" ? -1 : put_gpus(slot, topology));
        std::vector<Core> cores;
        for (const int core : request.cores) cores.push_back(pool.take_named(core, slot.number));
        if (!cores.empty()) put_cores(slot, cores, topology.has_nodes());
        lease.slots.push_back(std::move(slot));
    }
    put_shares(lease.slots, resources.trials_per_gpu);
    for (const bool of_gpus : {true, false})
        for (Slot& slot : lease.slots) {
            if (!slot.cores.empty() || slot.gpus.empty() == of_gpus) continue;
            const auto count = static_cast<std::size_t>(resources.threads * slot.devices);
            put_cores(slot, pool.take(count, slot.number, near[static_cast<std::size_t>(slot.number)]),
                      topology.has_nodes());
        }
    return lease;
}

// ---- other runs

struct Left {
    Topology topology;                                     // what nobody holds
    std::map<std::string, std::vector<std::string>> held;  // what each holder has: "core 3", "cuda:0"
    std::string to_string() const {
        std::string text;
        for (const auto& [holder, what] : held) {
            text += (text.empty() ? "" : "; ") + holder + " holds ";
            for (const std::string& one : what) text += (&one == what.data() ? "" : ", ") + one;
        }
        return text;
    }
};

Left left_by(const Holders& held, const Topology& topology) {
    Left left{{{}, {}, topology.quota}, {}};
    const auto keep = [&](auto& to, const auto& item, const std::string& lock, const std::string& name) {
        const auto holder = held.find(lock);
        if (holder == held.end()) {
            to.push_back(item);
            return;
        }
        left.held[holder->second.to_string()].push_back(name);
    };
    for (const Gpu& gpu : topology.gpus) keep(left.topology.gpus, gpu, gpu_lock(gpu), name_of(gpu));
    for (const Core& core : topology.cores)
        keep(left.topology.cores, core, core_lock(core), "core " + std::to_string(core.cpu));
    if (left.topology.quota)
        *left.topology.quota -= static_cast<int>(topology.cores.size() - left.topology.cores.size());
    return left;
}

std::ptrdiff_t count_on_gpus(const Lease& lease) {
    return std::count_if(lease.slots.begin(), lease.slots.end(),
                         [](const Slot& slot) { return !slot.gpus.empty(); });
}

}  // namespace

std::string Slot::to_string() const {
    std::string text = "slot " + std::to_string(number) + ": " + device;
    if (device == "cpu" && devices > 1) text += " x " + std::to_string(devices);
    if (shares > 1) text += " (" + std::to_string(share) + " of " + std::to_string(shares) + ")";
    text += (cores.size() == 1 ? ", core " : ", cores ") + joined(cores);
    if (!nodes.empty()) text += (nodes.size() == 1 ? ", node " : ", nodes ") + joined(nodes);
    return text;
}

std::string Holder::to_string() const {
    return "process " + process + (study.empty() ? "" : " (study " + study + ")");
}

Lease lease_slots(const Resources& resources, const Topology& topology, const Holders& held) {
    if (resources.slurm) return {};
    Lease whole = lease_all(resources, topology);
    const Left left = left_by(held, topology);
    const bool automatic = std::holds_alternative<AutoSlots>(resources.slots);
    std::vector<std::string> notes;
    if (automatic && topology.quota && static_cast<std::size_t>(*topology.quota) < topology.cores.size())
        notes.push_back("of " + std::to_string(topology.cores.size()) +
                        " cores the control group allows the time of " + std::to_string(*topology.quota));
    if (automatic && !left.held.empty()) notes.push_back("left to others: " + left.to_string());
    const auto noted = [&notes](Lease lease) {
        lease.notes.insert(lease.notes.begin(), notes.begin(), notes.end());
        return lease;
    };
    if (left.held.empty()) return noted(std::move(whole));
    try {
        Lease lease = lease_all(resources, left.topology);
        const std::ptrdiff_t on_gpus = count_on_gpus(lease), wanted = count_on_gpus(whole);
        if (on_gpus == wanted || (automatic && on_gpus > 0)) return noted(std::move(lease));
    } catch (const InputError&) {  // it is said below who stands in the way
    }
    throw StorageError("the cores and GPUs that " + std::string(kSlotsField) + " asks for are not free: " +
                       left.to_string() + "; wait, ask for others, or run beside them with --share");
}

void leave_gpus_alone([[maybe_unused]] const Resources& resources, [[maybe_unused]] Topology& topology,
                      [[maybe_unused]] std::vector<std::string>& notes) {
#ifndef O2V_TORCH_CUDA
    if (topology.gpus.empty() || std::holds_alternative<std::vector<SlotRequest>>(resources.slots)) return;
    notes.push_back("the GPUs of this machine are left alone (" + std::to_string(topology.gpus.size()) +
                    "): this o2v-tune is built with a LibTorch without CUDA");
    topology.gpus.clear();
#endif
}

std::string breach_of(const Slot& slot, const protocol::Hello& worker, bool on_gpu) {
    const std::set<int> leased(slot.cores.begin(), slot.cores.end());
    const std::set<int> found(worker.cores.begin(), worker.cores.end());
    const std::string who = "slot " + std::to_string(slot.number) + ": its worker ";
    if (leased != found)
        return who + "may run on cores " + joined(found) + " where " + joined(leased) +
               " were leased; does something else change the affinity of processes here?";
    if (!on_gpu) return "";
    if (slot.gpus.empty())
        return worker.device == "cpu" ? "" : who + "uses " + worker.device + " where cpu was leased";
    if (worker.device == "cpu")
        return who + "sees no GPU where " + slot.device +
               " was leased; is its LibTorch built with CUDA, and does the driver suit it? \"slots\": "
               "[{\"device\": \"cpu\"}] trains on cores";
    const std::set<std::string> gpus(slot.gpus.begin(), slot.gpus.end());
    const std::set<std::string> seen(worker.gpus.begin(), worker.gpus.end());
    return seen.empty() || seen == gpus ? ""
                                        : who + "uses GPU " + joined(seen) + " where " + joined(gpus) + " (" +
                                              slot.device + ") was leased";
}

}  // namespace o2v::orchestrator
