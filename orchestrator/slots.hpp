// Where workers run: exclusive leases on cores and GPUs.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "orchestrator/experiment.hpp"
#include "orchestrator/topology.hpp"
#include "worker/protocol/messages.hpp"

namespace o2v::orchestrator {

inline constexpr const char* kSlotsField = "/resources/slots";

struct Slot {
    int number = 0;
    std::string device = "cpu";        // "cpu", "cuda:N" (as the driver numbers GPUs) or "cuda:N,cuda:M"
    std::vector<int> cores;            // logical CPUs; disjoint between slots
    int threads = 1;                   // = cores.size()
    int devices = 1;                   // that train one trial together, of `cores` each its part
    std::vector<std::string> gpus{};   // UUIDs of the device's GPUs, in its order
    int share = 1, shares = 1;         // "share of shares": which of the slots on one GPU this is
    std::vector<int> nodes{};          // NUMA nodes of the cores; empty on a machine with one
    std::vector<std::string> locks{};  // "core-0", "gpu-GPU-a": what of it two runs cannot both have
    std::string to_string() const;     // "slot 0: cuda:0 (1 of 3), cores 0,1"
    bool operator==(const Slot&) const = default;
};

// Another run that holds cores or GPUs.
struct Holder {
    std::string process;            // "4711", or "host:4711" of another host
    std::string study;              // its name; empty = unknown
    std::string to_string() const;  // "process 4711 (study wordnet)"
    bool operator==(const Holder&) const = default;
};
using Holders = std::map<std::string, Holder>;  // by the name of a lock

struct Lease {
    std::vector<Slot> slots;
    std::vector<std::string> notes;  // for people: what was left to whom, what lies idle
};

// auto = one per GPU (trials_per_gpu of them), else as many CPU slots of `threads` cores as fit; with
// devices_per_trial = D, one per D of them; of what nobody holds. A number = that many CPU slots (GPU slots
// while there are GPUs). A list is taken as written; where it names no cores they are chosen: of one NUMA
// node where they fit, near the slot's GPU. Throws InputError when cores or GPUs do not exist, do not suffice
// or would be shared, saying how many there are; StorageError when only other runs stand in the way, naming
// them. Nothing of this machine where trials run on a cluster.
Lease lease_slots(const Resources& resources, const Topology& topology, const Holders& held = {});

// Takes the GPUs out of the topology when this program's workers cannot train on them, unless slots name
// them; `notes` says so.
void leave_gpus_alone(const Resources& resources, Topology& topology, std::vector<std::string>& notes);

// What is wrong when a worker has not what its slot was leased: other cores, or, when `on_gpu` (it trains
// through LibTorch, which then must see the slot's GPUs and no others), another device. "" = nothing.
std::string breach_of(const Slot& slot, const protocol::Hello& worker, bool on_gpu);

}  // namespace o2v::orchestrator
