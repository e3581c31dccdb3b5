// What a worker can run: one trial from its StartTrial to its outcome.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <variant>

#include "worker/protocol/messages.hpp"

namespace o2v::worker {

// How a running trial talks to the outside. Not thread-safe: called from the training thread only, except
// stopping() and save_wanted().
class TrialLink {
  public:
    virtual ~TrialLink() = default;
    // Sends the measurement and waits for the answer: true = next epoch, false = the trial is to be left.
    virtual bool epoch_ended(const Measurement& measurement) = 0;
    // The checkpoint is complete and renamed into place.
    virtual void checkpoint_saved(std::int64_t epoch, const std::string& path) = 0;
    // Is the trial to be left now? Cheap; asked between batches.
    virtual bool stopping() const = 0;
    // When stopping(): shall the state after the last whole epoch be on disk before leaving?
    virtual bool save_wanted() const = 0;
    // `wake` is called, from any thread, each time that stopping() may have become true; an empty one ends
    // that.
    virtual void on_stop(std::function<void()> wake) = 0;
};

struct Stopped {};
// A medium failed: a full disk, say. No fault of the trial's.
struct MediumFailed {
    std::string message;
};
// Completed, Pruned (only diverged) and Failure as in search/study/event.hpp, paths absolute.
using Outcome = std::variant<Completed, Pruned, Failure, Stopped, MediumFailed>;

class Objective {
  public:
    virtual ~Objective() = default;
    // Wrong hyperparameters or data give Failure{bad_config} with the sentence that names the field; no
    // exception leaves but StorageError (the caller makes it MediumFailed) and what LibTorch throws
    // unexpectedly (the caller turns it into a Failure, out_of_memory where it is).
    virtual Outcome run(const protocol::StartTrial& trial, TrialLink& link) = 0;
};

// Synthetic objectives of search/problems: StartTrial::problem names one.
std::unique_ptr<Objective> make_problem_objective();
// Any program: StartTrial::command says how it is called. REQUIRES: run() is always called from one thread.
std::unique_ptr<Objective> make_command_objective();
// Object2Vec on the device of `hello`, which says what this process is, or data-parallel on so many of its
// kind. Keeps the datasets of earlier trials. Only with LibTorch.
std::unique_ptr<Objective> make_object2vec_objective(const protocol::Hello& hello, int devices);

}  // namespace o2v::worker
