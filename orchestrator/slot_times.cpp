#include "orchestrator/slot_times.hpp"

#include <fmt/format.h>

namespace o2v::orchestrator {

void SlotTimes::enter(int slot, SlotState state, TimePoint now) {
    Since& since = since_.at(static_cast<std::size_t>(slot));
    seconds_[static_cast<std::size_t>(since.state)] +=
        std::chrono::duration<double>(now - since.time).count();
    since = {state, now};
}

void SlotTimes::settle(TimePoint now) {
    for (std::size_t slot = 0; slot < since_.size(); ++slot)
        enter(static_cast<int>(slot), since_[slot].state, now);
}

double SlotTimes::share(SlotState state) const {
    const double all = seconds(SlotState::busy) + seconds(SlotState::blocked) + seconds(SlotState::idle);
    return all > 0 ? seconds(state) / all : 0;
}

std::string SlotTimes::to_string() const {
    if (share(SlotState::busy) + share(SlotState::idle) == 0) return "";
    const auto percent = [this](SlotState state) { return 100 * share(state); };
    std::string text = fmt::format("busy {:.1f} %", percent(SlotState::busy));
    if (seconds(SlotState::blocked) > 0)
        text += fmt::format(", waiting for other trials {:.1f} %", percent(SlotState::blocked));
    return text + fmt::format(", idle {:.1f} %", percent(SlotState::idle));
}

}  // namespace o2v::orchestrator
