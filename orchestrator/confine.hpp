// How a program is started on a slot. Private to the room.
#pragma once

#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <boost/process/v2/error.hpp>
#include <cerrno>
#include <csignal>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/slots.hpp"
#include "orchestrator/worker_environment.hpp"
#include "search/study/errors.hpp"
#include "worker/host/environment.hpp"
#include "worker/host/launch_environment.hpp"

namespace o2v::orchestrator {

// A launch initializer of Boost.Process: the slot's cores and environment and, where given, so many bytes of
// private writable memory (RLIMIT_DATA). What on_exec_setup does happens in the child between fork and exec,
// so that the program's very first instruction, LibTorch's loading included, is on the leased cores.
class Confine : public worker::LaunchEnvironment {
  public:
    explicit Confine(const Slot& slot, std::optional<std::int64_t> memory_bytes = std::nullopt)
        : LaunchEnvironment(worker_environment(slot, worker::own_environment())),
          cores_(slot.cores),
          memory_bytes_(memory_bytes) {}

    template <class Launcher, class Path>
    boost::process::v2::error_code on_exec_setup(Launcher&, const Path&, const char* const*) const {
        cpu_set_t set;
        CPU_ZERO(&set);
        for (const int core : cores_) CPU_SET(static_cast<std::size_t>(core), &set);
        if (!cores_.empty() && sched_setaffinity(0, sizeof set, &set) != 0) return last_error();
        if (memory_bytes_) {
            rlimit limit{};
            if (getrlimit(RLIMIT_DATA, &limit) != 0) return last_error();
            limit.rlim_cur = std::min(static_cast<rlim_t>(*memory_bytes_), limit.rlim_max);
            if (setrlimit(RLIMIT_DATA, &limit) != 0) return last_error();
        }
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        return {};
    }

  private:
    static boost::process::v2::error_code last_error() {
        return boost::process::v2::error_code(errno, boost::system::system_category());
    }

    const std::vector<int>& cores_;
    std::optional<std::int64_t> memory_bytes_;
};

}  // namespace o2v::orchestrator
