// What the slots did with their time.
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace o2v::orchestrator {

enum class SlotState {
    starting,  // its worker has not greeted
    idle,      // its worker has nothing to do
    busy,      // a trial runs
    blocked    // a trial waits for what others find out (a reproducible study)
};

class SlotTimes {
  public:
    using TimePoint = std::chrono::steady_clock::time_point;

    SlotTimes() = default;
    SlotTimes(int slots, TimePoint now)
        : since_(static_cast<std::size_t>(slots), {SlotState::starting, now}) {}

    void enter(int slot, SlotState state, TimePoint now);
    SlotState state(int slot) const { return since_.at(static_cast<std::size_t>(slot)).state; }
    TimePoint since(int slot) const { return since_.at(static_cast<std::size_t>(slot)).time; }
    // Adds what is still going on.
    void settle(TimePoint now);

    // Of all slots together, up to the last change of each.
    double seconds(SlotState state) const { return seconds_[static_cast<std::size_t>(state)]; }
    // Of the time in which there was a worker; 0 before there was any.
    double share(SlotState state) const;
    // "busy 98.2 %, waiting for other trials 1.5 %, idle 0.3 %"; "" before there was any.
    std::string to_string() const;

  private:
    struct Since {
        SlotState state = SlotState::starting;
        TimePoint time;
    };
    std::vector<Since> since_;
    double seconds_[4] = {};
};

}  // namespace o2v::orchestrator
