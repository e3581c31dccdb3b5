#include "orchestrator/worker_watch.hpp"

#include "reports/leaderboard.hpp"

namespace o2v::orchestrator {
namespace {

// Loading a CUDA LibTorch from a slow disk takes its time.
constexpr std::chrono::seconds kGreeting{300};

std::string text(std::chrono::milliseconds time) {
    return reports::duration_text(static_cast<double>(time.count()) / 1000);
}

}  // namespace

void WorkerWatch::greeted(TimePoint now) {
    greeted_ = true;
    heard_ = now;
}

void WorkerWatch::beat(TimePoint now, std::int64_t memory_bytes) {
    heard_ = now;
    memory_ = memory_bytes;
    if (trials_ > 0 && memory_after_first_ == 0) memory_after_first_ = memory_bytes;
}

void WorkerWatch::trial_started(TimePoint now, std::optional<std::chrono::milliseconds> time_left) {
    training_ = true;
    since_ = now;
    trained_ = {};
    time_left_ = time_left;
}

void WorkerWatch::epoch_ended(TimePoint now) {
    heard_ = now;
    trained_ += now - since_;
    training_ = false;
}

void WorkerWatch::proceeds(TimePoint now) {
    training_ = true;
    since_ = now;
}

void WorkerWatch::trial_ended(TimePoint now) {
    heard_ = now;
    training_ = false;
    ++trials_;
}

void WorkerWatch::slept(std::chrono::steady_clock::duration time) {
    heard_ += time;
    since_ += time;
}

std::optional<WorkerWatch::Complaint> WorkerWatch::complaint(const TrialLimits& limits, TimePoint now) const {
    const std::chrono::steady_clock::duration silence = greeted_ ? limits.silence : kGreeting;
    if (now - heard_ > silence)
        return Complaint{FailureKind::timed_out,
                         greeted_ ? "was not heard of for " + text(limits.silence) + " (limits/silence)"
                                  : "did not greet within " + text(kGreeting)};
    if (limits.memory_bytes && memory_ > *limits.memory_bytes)
        return Complaint{FailureKind::out_of_memory, "takes " + reports::bytes_text(memory_) + ", over " +
                                                         reports::bytes_text(*limits.memory_bytes) +
                                                         " (limits/memory)"};
    if (!training_) return std::nullopt;
    if (time_left_ && trained_ + (now - since_) > *time_left_)
        return Complaint{FailureKind::timed_out,
                         "trained for longer than " + text(limits.trial_time.value_or(*time_left_)) +
                             " (limits/trial_time)",
                         true};
    if (limits.epoch_time && now - since_ > *limits.epoch_time)
        return Complaint{FailureKind::timed_out, "needed longer than " + text(*limits.epoch_time) +
                                                     " for an epoch (limits/epoch_time)"};
    return std::nullopt;
}

bool WorkerWatch::is_due(const TrialLimits& limits) const {
    if (limits.trials_per_worker && trials_ >= *limits.trials_per_worker) return true;
    return memory_after_first_ > 0 && memory_ - memory_after_first_ > limits.memory_growth_bytes;
}

}  // namespace o2v::orchestrator
