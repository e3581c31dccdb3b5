// How long this thread has computed.
#pragma once

#include <time.h>

namespace o2v::bench_search {

inline double thread_cpu_milliseconds() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

}  // namespace o2v::bench_search
