#include "orchestrator/core_pool.hpp"

#include <algorithm>
#include <string>

#include "orchestrator/slots.hpp"
#include "search/study/errors.hpp"

namespace o2v::orchestrator {

CorePool::CorePool(const Topology& topology)
    : all_(topology.cores),
      free_(topology.cores),
      quota_(topology.quota ? static_cast<std::size_t>(std::max(*topology.quota, 0))
                            : topology.cores.size()) {}

std::size_t CorePool::left() const {
    return std::min(free_.size(), quota_ - std::min(given_, quota_));
}

std::size_t CorePool::free_in(int node) const {
    return static_cast<std::size_t>(
        std::count_if(free_.begin(), free_.end(), [node](const Core& core) { return core.node == node; }));
}

int CorePool::roomiest(int near) const {
    int best = free_.front().node;
    for (const Core& core : free_)
        if (free_in(core.node) > free_in(best)) best = core.node;
    return near >= 0 && free_in(near) > 0 && free_in(near) == free_in(best) ? near : best;
}

void CorePool::move_from(int node, std::size_t count, std::vector<Core>& to) {
    for (auto core = free_.begin(); core != free_.end() && count > 0;) {
        if (core->node != node) {
            ++core;
            continue;
        }
        to.push_back(*core);
        core = free_.erase(core);
        --count;
        ++given_;
    }
}

std::vector<Core> CorePool::take(std::size_t count, int slot, int near) {
    if (left() < count)
        throw InputError(kSlotsField, "",
                         "slot " + std::to_string(slot) + " needs " + std::to_string(count) + " core" +
                             (count == 1 ? "" : "s") + ", but of this machine's " +
                             std::to_string(all_.size()) + " usable physical cores " +
                             std::to_string(left()) + " are left" +
                             (quota_ < all_.size()
                                  ? " (the control group allows the time of " + std::to_string(quota_) + ")"
                                  : ""));
    std::vector<Core> taken;
    if (near >= 0 && free_in(near) >= count) move_from(near, count, taken);
    while (taken.size() < count) {
        const int node = roomiest(near);
        move_from(node, count - taken.size(), taken);
    }
    const auto place = [this](const Core& core) { return std::find(all_.begin(), all_.end(), core); };
    std::sort(taken.begin(), taken.end(), [&](const Core& a, const Core& b) { return place(a) < place(b); });
    return taken;
}

Core CorePool::take_named(int cpu, int slot) {
    const auto found =
        std::find_if(free_.begin(), free_.end(), [cpu](const Core& core) { return core.cpu == cpu; });
    if (found == free_.end())
        throw InputError(kSlotsField, std::to_string(cpu),
                         "slot " + std::to_string(slot) +
                             " cannot have this core: it does not exist, may not be used by this process, is "
                             "another one's sibling, or is another slot's");
    const Core core = *found;
    free_.erase(found);
    ++given_;
    return core;
}

}  // namespace o2v::orchestrator
