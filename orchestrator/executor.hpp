// Who runs trials: processes on this machine, or a simulation in tests.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "orchestrator/storage.hpp"
#include "worker/protocol/messages.hpp"

namespace o2v::orchestrator {

using TimePoint = std::chrono::steady_clock::time_point;

// A worker that has greeted, under that name and on that device.
inline WorkerRecord record_of(const std::string& name, const std::string& device,
                              const protocol::Hello& hello) {
    return {name,        hello.pid,     hello.host,          device,    hello.device_name,
            hello.cores, hello.threads, hello.torch_version, hello.blas};
}

// ---- what comes back

// A worker has greeted: its slot is free for trials from now on. Also after a replaced worker.
struct WorkerReady {
    int slot = 0;
    WorkerRecord worker;
    bool reference_blas = false;
};
// The worker's word on a trial it has been given.
struct TrialMessage {
    int slot = 0;
    protocol::Up message;  // never Hello
};
// The worker that held the trial is gone.
struct TrialLost {
    int slot = 0;
    TrialId trial = 0;
    int attempt = 0;
    FailureKind kind = FailureKind::crashed;
    std::string message;    // signal or exit code, and the last lines of its log
    bool for_good = false;  // another attempt would end alike
};
// A signal reached this process, or somebody asked from outside.
struct InterruptRequested {
    bool now = false;  // running trials are not to be finished (SIGTERM, SIGHUP); SIGINT: at first they are
};

using Happening = std::variant<WorkerReady, TrialMessage, TrialLost, InterruptRequested>;

class Executor {
  public:
    virtual ~Executor() = default;

    virtual int slots() const = 0;
    // Those whose worker is ready and idle, in order.
    virtual std::vector<int> free_slots() const = 0;
    virtual WorkerRecord worker(int slot) const = 0;  // REQUIRES: it has greeted
    virtual std::string slot_text(int slot) const { return std::to_string(slot); }  // "0: cpu, core 0"
    // What the worker last said it takes; 0 when it is not known.
    virtual std::int64_t memory_bytes(int /*slot*/) const { return 0; }

    // Is a folder of its own needed for each attempt of a trial, since an earlier one may still write
    // somewhere where it can no longer be ended?
    virtual bool keeps_attempts_apart() const { return false; }

    // The trial is lost, for good, when it trains for longer than `time_left`. REQUIRES: the slot is free.
    virtual void start(int slot, const protocol::StartTrial& trial,
                       std::optional<std::chrono::milliseconds> time_left) = 0;
    virtual void proceed(TrialId trial) = 0;  // answers epoch_ended
    // The trial will answer with its ending, trial_stopped or TrialLost. No effect on a trial that is not
    // running.
    virtual void stop(TrialId trial, bool save) = 0;

    // What has happened, in order; waits for at least one happening until the deadline, then returns nothing.
    // Throws StorageError when workers cannot be started at all.
    virtual std::vector<Happening> wait(TimePoint deadline) = 0;

    // Ends every worker: asks, waits up to a second, kills. Running trials are not reported any more.
    virtual void shut_down() = 0;
};

}  // namespace o2v::orchestrator
