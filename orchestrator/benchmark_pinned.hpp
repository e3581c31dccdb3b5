// Work of this process on given cores.
#pragma once

#include <sched.h>

#include <exception>
#include <thread>
#include <vector>

namespace o2v::orchestrator {

// Calls `work` in a thread that is bound to these logical CPUs (none = as the process is), and waits for it.
// Throws what it throws.
template <class Work>
void pinned(const std::vector<int>& cpus, const Work& work) {
    std::exception_ptr thrown;
    std::thread([&] {
        try {
            cpu_set_t set;
            CPU_ZERO(&set);
            for (const int cpu : cpus) CPU_SET(static_cast<std::size_t>(cpu), &set);
            if (!cpus.empty()) sched_setaffinity(0, sizeof set, &set);
            work();
        } catch (...) {
            thrown = std::current_exception();
        }
    }).join();
    if (thrown) std::rethrow_exception(thrown);
}

}  // namespace o2v::orchestrator
