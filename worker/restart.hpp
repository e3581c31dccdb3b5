// From which checkpoint a trial goes on.
#pragma once

#include <functional>
#include <string>

#include "worker/protocol/messages.hpp"

namespace o2v::worker {

// Takes over the state in a checkpoint; `of_other_trial`: it is that of the trial this one was forked from.
// Throws std::runtime_error when it cannot be used (it is damaged, say), and is then as before.
using UseCheckpoint = std::function<void(const std::string& path, bool of_other_trial)>;
// Throws std::runtime_error when a checkpoint of so many epochs holds more than are on record.
void require_on_record(const protocol::StartTrial& trial, const std::string& path, std::int64_t epochs_done);

// Offers the trial's last checkpoint, then the one before it, then those it was forked from, until one is
// used; those that cannot be are reported to stderr, and the trial's own ones removed, so that none of them
// takes the place of one of use. Returns false when none was of use: the trial begins anew.
bool restart(const protocol::StartTrial& trial, const UseCheckpoint& use);

}  // namespace o2v::worker
