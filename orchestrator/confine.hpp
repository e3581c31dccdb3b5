// How a program is started on given cores. Private to the room.
#pragma once

#include <sched.h>
#include <sys/prctl.h>

#include <boost/process/v2/error.hpp>
#include <cerrno>
#include <csignal>
#include <vector>

namespace o2v::orchestrator {

// A launch initializer of Boost.Process. What on_exec_setup does happens in the child between fork and exec,
// so that the program's very first instruction, LibTorch's loading included, is on the leased cores.
// (Boost 1.81's own process_environment does not link.)
struct Confine {
    const std::vector<int>& cores;
    std::vector<const char*> environment;  // "NAME=value", null at the end

    template <class Launcher, class Path>
    boost::process::v2::error_code on_setup(Launcher& launcher, const Path&, const char* const*) {
        launcher.env = environment.data();
        return {};
    }
    template <class Launcher, class Path>
    boost::process::v2::error_code on_exec_setup(Launcher&, const Path&, const char* const*) const {
        cpu_set_t set;
        CPU_ZERO(&set);
        for (const int core : cores) CPU_SET(static_cast<std::size_t>(core), &set);
        if (!cores.empty() && sched_setaffinity(0, sizeof set, &set) != 0)
            return boost::process::v2::error_code(errno, boost::system::system_category());
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        return {};
    }
};

}  // namespace o2v::orchestrator
