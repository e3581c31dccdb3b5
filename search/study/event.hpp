// Everything that can happen to a trial: what an executor reports, the storage records, the study applies and
// the screen shows is one closed variant.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "search/study/assignment.hpp"

namespace o2v {

using TrialId = std::int64_t;                                // 0, 1, 2, ... in order of creation
using Metrics = std::map<std::string, double, std::less<>>;  // "validation:accuracy" -> 0.81; may hold NaN

// What one epoch showed. Epochs count from 0.
struct Measurement {
    std::int64_t epoch = 0;
    Metrics metrics;
    std::chrono::milliseconds elapsed{0};  // this epoch, training and evaluation
    double pairs_per_second = 0;           // training pairs, negatives counted
    std::int64_t peak_memory_bytes = 0;    // of the worker process (VmHWM)
    // Its share of the energy that the machine's counters told of; nullopt = they tell nothing.
    std::optional<double> joules = std::nullopt;
    bool operator==(const Measurement&) const = default;
};

struct Checkpoint {
    std::string path;        // relative to the study's folder
    std::int64_t epoch = 0;  // last epoch it contains
    bool operator==(const Checkpoint&) const = default;
};

enum class FailureKind { bad_config, out_of_memory, crashed, timed_out, interrupted, lost };
std::string_view to_text(FailureKind kind);
FailureKind failure_kind_from_text(std::string_view text);  // throws InputError

// The model kept and its metrics (validation and test) at the epoch it was kept from.
struct Completed {
    Metrics metrics;
    std::int64_t best_epoch = 0;
    std::string model_path;  // relative to the study's folder; empty when the objective leaves no model
    bool operator==(const Completed&) const = default;
};
// Ended early on purpose: by the pruner, or because the loss was not finite (diverged).
struct Pruned {
    std::string reason;
    bool diverged = false;
    bool operator==(const Pruned&) const = default;
};
struct Failure {
    FailureKind kind = FailureKind::crashed;
    std::string message;
    bool operator==(const Failure&) const = default;
};
using Ending = std::variant<Completed, Pruned, Failure>;

// Where a trial that does not begin anew begins: after `epoch` of the trial `parent`, with its checkpoint.
struct Fork {
    TrialId parent = 0;
    std::int64_t epoch = 0;
    bool operator==(const Fork&) const = default;
};

struct TrialCreated {
    TrialId trial = 0;
    Assignment params;
    std::uint64_t seed = 0;
    std::string why = {};                     // the strategy's words
    std::optional<Fork> fork = std::nullopt;  // population-based training
    bool operator==(const TrialCreated&) const = default;
};
struct AttemptStarted {
    TrialId trial = 0;
    int attempt = 1;     // 1, 2, ...
    std::string worker;  // "slot-0/pid-4711"
    std::string device;  // "cpu" or "cuda:0", as the worker reported it
    std::string host;
    std::vector<int> cores;  // the affinity the worker reported
    bool operator==(const AttemptStarted&) const = default;
};
struct Reported {
    TrialId trial = 0;
    int attempt = 1;
    Measurement measurement;
    bool operator==(const Reported&) const = default;
};
struct Checkpointed {
    TrialId trial = 0;
    int attempt = 1;
    Checkpoint checkpoint;
    bool operator==(const Checkpointed&) const = default;
};
// The pruner's verdict is to pause it: the trial saves and leaves, then it is Paused.
struct Pausing {
    TrialId trial = 0;
    std::string reason;
    bool operator==(const Pausing&) const = default;
};
// Put aside by the pruner with its checkpoint; may be continued.
struct Paused {
    TrialId trial = 0;
    std::string reason;
    bool operator==(const Paused&) const = default;
};
// A paused trial is gone on with: it waits for a slot.
struct Resumed {
    TrialId trial = 0;
    bool operator==(const Resumed&) const = default;
};
// The attempt is over without a result; the trial is not.
struct AttemptFailed {
    TrialId trial = 0;
    int attempt = 1;
    FailureKind kind = FailureKind::crashed;
    std::string message;
    bool operator==(const AttemptFailed&) const = default;
};
struct TrialEnded {
    TrialId trial = 0;
    Ending ending;
    bool operator==(const TrialEnded&) const = default;
};

using TrialEvent = std::variant<TrialCreated, AttemptStarted, Reported, Checkpointed, Pausing, Paused,
                                Resumed, AttemptFailed, TrialEnded>;

TrialId trial_of(const TrialEvent& event);

}  // namespace o2v
