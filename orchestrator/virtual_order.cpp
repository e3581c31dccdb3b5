#include "orchestrator/virtual_order.hpp"

#include <algorithm>
#include <utility>

namespace o2v::orchestrator {
namespace {

// The pruner's decisions take none: they are made at the moment of what they are about.
bool is_of_pruner(const TrialEnded& ended) {
    const auto* pruned = std::get_if<Pruned>(&ended.ending);
    return pruned && !pruned->diverged;
}

}  // namespace

bool takes_time(const TrialEvent& event) {
    if (const auto* ended = std::get_if<TrialEnded>(&event)) return !is_of_pruner(*ended);
    return std::holds_alternative<Reported>(event) || std::holds_alternative<Paused>(event);
}

void VirtualOrder::follow(const TrialEvent& event) {
    const TrialId trial = trial_of(event);
    const auto clock = clocks_.find(trial);
    if (clock != clocks_.end() && takes_time(event)) now_ = ++clock->second;
    if (std::holds_alternative<TrialCreated>(event) || std::holds_alternative<Resumed>(event))
        clocks_[trial] = now_;
    else if (std::holds_alternative<TrialEnded>(event) || std::holds_alternative<Paused>(event))
        clocks_.erase(trial);
}

std::optional<HeldEvent> VirtualOrder::take(TrialId trial) {
    const auto found = waiting_.find(trial);
    HeldEvent event = std::move(found->second.front());
    found->second.pop_front();
    if (found->second.empty()) waiting_.erase(found);
    return event;
}

std::optional<HeldEvent> VirtualOrder::next_timeless() {
    const auto found = std::find_if(waiting_.begin(), waiting_.end(), [](const auto& entry) {
        return !takes_time(entry.second.front().event);
    });
    return found == waiting_.end() ? std::nullopt : take(found->first);
}

std::optional<HeldEvent> VirtualOrder::next_tick() {
    const auto earliest = std::min_element(clocks_.begin(), clocks_.end(), [](const auto& a, const auto& b) {
        return a.second < b.second;  // the first of equals: the lower number
    });
    if (earliest == clocks_.end() || !waiting_.contains(earliest->first)) return std::nullopt;
    return take(earliest->first);
}

std::optional<std::int64_t> VirtualOrder::time_of(TrialId trial) const {
    const auto clock = clocks_.find(trial);
    return clock == clocks_.end() ? std::nullopt : std::optional(clock->second);
}

const std::deque<HeldEvent>& VirtualOrder::untold(TrialId trial) const {
    static const std::deque<HeldEvent> kNone;
    const auto found = waiting_.find(trial);
    return found == waiting_.end() ? kNone : found->second;
}

Trial VirtualOrder::as_it_is(const Trial& trial) const {
    Trial now = trial;
    for (const HeldEvent& held : untold(trial.id)) now.follow(held.event);
    return now;
}

}  // namespace o2v::orchestrator
