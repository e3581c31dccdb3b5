// What the machine's own counters tell of the energy it uses, and which trial used how much of it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "search/study/event.hpp"

namespace o2v::orchestrator {

// A counter in microjoules that only grows, but for beginning again at 0.
struct EnergyCounter {
    std::string name;                                    // "package-0", "dram of package-0", "GPU-8f2c"
    std::function<std::optional<std::uint64_t>()> read;  // nullopt = it cannot be read now
    std::uint64_t largest = 0;  // what it shows before it begins again; 0 = it never does
};

struct EnergySources {
    std::vector<EnergyCounter> counters;  // that can be read
    std::vector<std::string> refused;     // files of counters that this user may not read
};

// The folder of the kernel's powercap class: O2V_POWERCAP, or /sys/class/powercap.
std::string powercap_folder();
// Of processor packages and of the memory beside them (zones "package*" and "dram" of intel-rapl, which
// AMD's processors have as well). Cores and what else is part of a package are left out, and so is "psys",
// which contains packages where it works.
EnergySources processor_energy(const std::string& powercap);
// Of these GPUs, by NVML (Volta and later); none without it.
std::vector<EnergyCounter> gpu_energy(const std::vector<std::string>& uuids);
// Both, of this machine.
EnergySources machine_energy(const std::vector<std::string>& gpu_uuids);

class EnergyMeter {
  public:
    EnergyMeter() = default;
    explicit EnergyMeter(std::vector<EnergyCounter> counters);

    bool tells() const { return !counters_.empty(); }  // is there a counter?
    std::vector<std::string> names() const;
    // Joules since the last call, or since the meter was made. What a counter that cannot be read has counted
    // comes with its next reading. A counter that has begun again more than once in between tells too little
    // (packages count for a quarter of an hour at least).
    double since_last();

  private:
    std::vector<EnergyCounter> counters_;
    std::vector<std::uint64_t> before_;
};

// The counters know nothing of trials: what the machine uses, its idle power and other programs included, is
// shared equally by the trials that hold a slot meanwhile, which is by seconds of slots. What is used while
// none does, and what a trial that leaves its slot has used since its last epoch, is shared with what is
// used next.
class EnergyShares {
  public:
    explicit EnergyShares(EnergyMeter meter) : meter_(std::move(meter)) {}

    // Shares what has been used since the last call. `held`: trials, by their slots.
    void charge(const std::map<TrialId, int>& held);
    // The trial's share since it last claimed.
    double claim(TrialId trial);
    void leave(TrialId trial);
    double joules() const { return joules_; }  // of all there was
    std::vector<std::string> names() const { return meter_.names(); }

  private:
    EnergyMeter meter_;
    std::map<TrialId, double> unclaimed_;
    double unshared_ = 0, joules_ = 0;
};

}  // namespace o2v::orchestrator
