// What o2v-tune and a worker say to each other over a Unix-domain socket. Every message about a trial names
// it and its attempt; nothing assumes one trial per worker.
//
// A trial's walk: start_trial -> (epoch_ended -> proceed | stop_trial, checkpoint_saved?)* -> trial_completed
// | trial_diverged | trial_stopped | trial_failed. The worker waits for the answer after each epoch_ended, so
// that a verdict never depends on timing, and writes no checkpoint of an epoch before that has been recorded.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

#include "search/study/study.hpp"
#include "worker/protocol/command.hpp"

namespace o2v::protocol {

inline constexpr int kVersion = 5;

// ---- down: o2v-tune -> worker

// A trial's data: absolute paths (empty = absent) and how they are read.
struct DataPaths {
    std::string train;
    std::string validation;
    std::string test;
    std::string auxiliary;                 // folder of pretrained embeddings
    std::string vocabulary0, vocabulary1;  // JSON {"token": id}, copied into the model
    std::string labels;                    // JSON ["name", ...], copied into the model
    std::int64_t skip_bad_lines = 0;       // so many bad lines of a pairs file are left out
    bool operator==(const DataPaths&) const = default;
};

// Which epoch's model is kept: the one with the best validation loss (Object2Vec's rule), the best goal
// value, or the last one.
enum class Keep { loss, objective, last };

// All a worker will ever need to know of a trial.
struct StartTrial {
    TrialId trial = 0;
    int attempt = 1;
    std::uint64_t seed = 0;
    Assignment hyperparameters;  // fixed and assigned, canonical names
    std::string problem;         // a name of search/problems
    CommandSpec command;         // neither problem nor command = train Object2Vec
    Goal goal;
    Keep keep = Keep::loss;
    // What all the objectives and constraints name. Figures (figures.hpp) among them are measured: the goal's
    // after every epoch, the others of the kept model alone.
    std::vector<std::string> asked_metrics;
    DataPaths data;
    std::string folder;  // absolute; the trial's own, created by the worker: checkpoint and model go here
    // Absolute path of the trial's own last checkpoint; empty = it has none. It may be damaged or missing:
    // the one before it lies beside it (data::previous_of).
    std::string resume_from;
    // Where the trial has no checkpoint of its own: that of the trial it was forked from, whose network and
    // optimizer's state are taken over and go on with these hyperparameters and this seed; empty = none.
    std::string fork_from;
    // Epochs on record. A checkpoint that holds more of them (a power loss may take the record's end) is not
    // gone on from: the record must have no gap. A command is not heard again of so many.
    std::int64_t epochs_recorded = 0;
    double checkpoint_seconds =
        10;  // train at least this long between two checkpoints; 0 = after every epoch
    bool operator==(const StartTrial&) const = default;
};
// Go on with the next epoch.
struct Proceed {
    TrialId trial = 0;
    bool operator==(const Proceed&) const = default;
};
// Leave the trial at once, even within an epoch, and answer trial_stopped. With save the last epoch's state
// is written first where it is not yet (answered by checkpoint_saved).
struct StopTrial {
    TrialId trial = 0;
    bool save = false;
    bool operator==(const StopTrial&) const = default;
};
// Leave everything and exit 0.
struct Shutdown {
    bool operator==(const Shutdown&) const = default;
};
using Down = std::variant<StartTrial, Proceed, StopTrial, Shutdown>;

// ---- up: worker -> o2v-tune

// The first message. What the process found itself to be, not what it was told.
struct Hello {
    int protocol = kVersion;
    std::string version;  // of o2v
    int pid = 0;
    std::string host;
    std::string device;             // "cpu" or "cuda:N" as LibTorch sees it
    std::string device_name;        // GPU model; empty on a CPU
    std::vector<std::string> gpus;  // UUIDs of those it sees; empty when none, or the driver is silent
    std::vector<int> cores;         // sched_getaffinity
    int threads = 1;                // LibTorch's intra-op threads
    std::string torch_version;      // empty when built without LibTorch
    std::string blas;               // path or name of the BLAS loaded
    bool reference_blas = false;
    bool operator==(const Hello&) const = default;
};
// Every second, whatever the training does: the process lives.
struct Heartbeat {
    std::int64_t memory_bytes = 0;  // resident now; 0 = unknown
    bool operator==(const Heartbeat&) const = default;
};
struct EpochEnded {
    TrialId trial = 0;
    int attempt = 1;
    Measurement measurement;
    bool operator==(const EpochEnded&) const = default;
};
struct CheckpointSaved {
    TrialId trial = 0;
    int attempt = 1;
    std::int64_t epoch = 0;
    std::string path;  // absolute; already renamed into place
    bool operator==(const CheckpointSaved&) const = default;
};
// A metric of a completed Object2Vec trial: what the weights of its model take.
inline constexpr const char* kModelBytes = "model_bytes";
struct TrialCompleted {
    TrialId trial = 0;
    int attempt = 1;
    Metrics metrics;
    std::int64_t best_epoch = 0;
    std::string model_path;  // absolute folder; empty when there is no model
    bool operator==(const TrialCompleted&) const = default;
};
struct TrialDiverged {
    TrialId trial = 0;
    int attempt = 1;
    std::string message;
    bool operator==(const TrialDiverged&) const = default;
};
struct TrialStopped {
    TrialId trial = 0;
    int attempt = 1;
    bool operator==(const TrialStopped&) const = default;
};
struct TrialFailed {
    TrialId trial = 0;
    int attempt = 1;
    FailureKind kind = FailureKind::crashed;
    std::string message;
    bool medium = false;  // a medium failed, as `message` says: nobody can go on with it
    bool operator==(const TrialFailed&) const = default;
};
using Up = std::variant<Hello, Heartbeat, EpochEnded, CheckpointSaved, TrialCompleted, TrialDiverged,
                        TrialStopped, TrialFailed>;

// Is it a worker's last word on an attempt?
bool ends_attempt(const Up& message);
struct AttemptName {
    TrialId trial = -1;
    int attempt = 0;
    bool operator==(const AttemptName&) const = default;
};
// Which attempt it is about; trial -1 = none.
AttemptName attempt_of(const Up& message);

// ---- log: where an attempt's output begins in its worker's log, and where each other's does

inline constexpr const char* kLogMarker = "== trial ";
std::string log_marker(TrialId trial, int attempt);  // a line: "== trial 7, attempt 1 =="

// ---- codec: a frame is a 4-byte little-endian length and that many bytes of JSON. NaN and infinities
// survive.

inline constexpr std::uint32_t kMaxFrame = 16u << 20;

struct ProtocolError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

std::string encode(const Down& message);  // a whole frame
std::string encode(const Up& message);
Down decode_down(const std::string& json);  // the JSON of one frame; throws ProtocolError
Up decode_up(const std::string& json);

// Cuts a byte stream into frames.
class FrameReader {
  public:
    void append(const char* data, std::size_t size) { buffer_.append(data, size); }
    // The JSON of the next complete frame; nullopt when more bytes are needed. Throws ProtocolError on a
    // length over kMaxFrame.
    std::optional<std::string> next();

  private:
    std::string buffer_;
};

}  // namespace o2v::protocol
