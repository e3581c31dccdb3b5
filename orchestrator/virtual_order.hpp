// In which order a reproducible study hears of its trials.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>

#include "orchestrator/storage.hpp"
#include "search/study/study.hpp"

namespace o2v::orchestrator {

// The study is told what happens as if `window` trials ran side by side, each as fast as the others: on a
// clock of its own, on which an epoch takes one tick, and so do an ending and a pause. What really happened
// earlier is held back until its turn has come; until it has happened, nothing later is told. So the study is
// the same however long each epoch really took, wherever it ran and however often it was repeated. (A
// conservative simulation in the sense of Chandy and Misra, 1979, whose durations are made up and whose
// results are real.)
class VirtualOrder {
  public:
    explicit VirtualOrder(int window) : window_(window) {}

    // An event that the study has been told, in its order; from a study's first event on. Moves the clock.
    void follow(const TrialEvent& event);

    // An event has happened. What an attempt does (it starts, writes a checkpoint, fails) takes no time.
    void arrived(HeldEvent event) { waiting_[trial_of(event.event)].push_back(std::move(event)); }

    // The next event to tell, taken out: one that takes no time, of any trial whose earlier events are told.
    std::optional<HeldEvent> next_timeless();
    // One that takes a tick: of the trial whose clock would be the earliest, the lower number first. nullopt
    // when that has not happened yet. REQUIRES: next_timeless() has nothing.
    std::optional<HeldEvent> next_tick();

    // May another trial begin or go on now, before anything else is told?
    bool has_seat() const { return static_cast<int>(clocks_.size()) < window_; }
    bool is_empty() const { return clocks_.empty(); }
    // A trial's time; nullopt when it does not run on this clock (not begun, paused or ended).
    std::optional<std::int64_t> time_of(TrialId trial) const;

    // The trial's events that have happened and not been told.
    const std::deque<HeldEvent>& untold(TrialId trial) const;
    // `trial` of the study with its untold events: what is true of it, rather than what the study knows.
    Trial as_it_is(const Trial& trial) const;
    // Those of all trials that are not numbered, that is, not in the storage's keeping; numbers them.
    template <class Number>
    void keep(Number number) {
        for (auto& [trial, events] : waiting_)
            for (HeldEvent& held : events)
                if (held.number == 0) held.number = number(held.event);
    }

  private:
    std::optional<HeldEvent> take(TrialId trial);

    int window_;
    std::int64_t now_ = 0;
    std::map<TrialId, std::int64_t> clocks_;  // of the trials that run
    std::map<TrialId, std::deque<HeldEvent>> waiting_;
};

// Does the event take a tick?
bool takes_time(const TrialEvent& event);

}  // namespace o2v::orchestrator
