// Runs on one machine know of each other: a file a core and GPU in a folder that all users share, locked
// (flock) by the run that holds it. A lock goes with its process, however that ends.
#pragma once

#include <string>
#include <vector>

#include "orchestrator/slots.hpp"

namespace o2v::orchestrator {

// What O2V_LOCKS names; else /run/lock/o2v-tune; where that cannot be made, /tmp/o2v-tune-locks.
std::string lock_folder();

// What runs hold at this moment, this process's included; nothing when the folder is not there or cannot be
// read. Leaves no trace.
Holders current_holders(const std::string& folder);

// The locks of some slots.
class SlotLocks {
  public:
    SlotLocks() = default;
    SlotLocks(SlotLocks&& other) noexcept;
    SlotLocks& operator=(SlotLocks&&) = delete;
    ~SlotLocks();

    std::size_t count() const { return files_.size(); }

    void add(int file) { files_.push_back(file); }  // takes over an open, locked file

  private:
    std::vector<int> files_;
};

struct TakenSlots {
    Lease lease;
    SlotLocks locks;
};

// Leases what other runs have left and locks it for this process, in `study`'s name. With `share` other runs
// are not heeded, and what they have not locked is locked. Throws as lease_slots does. A folder that cannot
// be written is a note of the lease.
TakenSlots take_slots(const Resources& resources, const Topology& topology, const std::string& study,
                      bool share, const std::string& folder = lock_folder());

}  // namespace o2v::orchestrator
