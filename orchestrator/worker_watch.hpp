// What a worker's silence, time and memory say about it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "orchestrator/experiment.hpp"
#include "search/study/event.hpp"

namespace o2v::orchestrator {

// Of one worker process, from its start on. Told what is heard of it and what it is told; asked whether it is
// to be ended or replaced. Knows no clock of its own.
class WorkerWatch {
  public:
    using TimePoint = std::chrono::steady_clock::time_point;

    explicit WorkerWatch(TimePoint now) : heard_(now) {}

    void greeted(TimePoint now);
    void beat(TimePoint now, std::int64_t memory_bytes);  // a heartbeat
    void trial_started(TimePoint now, std::optional<std::chrono::milliseconds> time_left);
    void epoch_ended(TimePoint now);  // waits for an answer
    void proceeds(TimePoint now);     // has got it
    void trial_ended(TimePoint now);
    // The watcher itself was asleep for so long: that does not count.
    void slept(std::chrono::steady_clock::duration time);

    std::int64_t memory_bytes() const { return memory_; }

    struct Complaint {
        FailureKind kind = FailureKind::timed_out;
        std::string message;    // a clause on the worker that names the limit
        bool for_good = false;  // another attempt would end alike
    };
    std::optional<Complaint> complaint(const TrialLimits& limits, TimePoint now) const;
    // Between two trials: has it had its number of trials, or grown too much?
    bool is_due(const TrialLimits& limits) const;

  private:
    TimePoint heard_;
    bool greeted_ = false;
    std::int64_t memory_ = 0, memory_after_first_ = 0;
    std::int64_t trials_ = 0;
    bool training_ = false;                           // in a trial, and not waiting for an answer
    TimePoint since_;                                 // when it began to train, or last went on
    std::chrono::steady_clock::duration trained_{0};  // of this attempt before since_
    std::optional<std::chrono::milliseconds> time_left_;
};

}  // namespace o2v::orchestrator
