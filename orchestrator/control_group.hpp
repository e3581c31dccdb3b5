// What the kernel's control groups (cgroups, of a container or a service) leave this process.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace o2v::orchestrator {

class ControlGroup {
  public:
    static ControlGroup own();
    // `membership`: as /proc/self/cgroup has it, of version 1 or 2; `root`: what stands for /sys/fs/cgroup.
    ControlGroup(const std::string& membership, const std::string& root);

    // nullopt = no limit. Of nested groups the tightest counts.
    std::optional<double> cpus() const;          // cores' worth of time
    std::optional<std::int64_t> memory() const;  // bytes

  private:
    // Its folder and those above it, of one controller.
    std::vector<std::string> cpu_, memory_;
};

}  // namespace o2v::orchestrator
