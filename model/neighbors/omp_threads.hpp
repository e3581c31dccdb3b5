// How many threads of OpenMP's a stretch of work takes.
#pragma once

#include <omp.h>

#include <algorithm>
#include <cstdint>

namespace o2v::model {

// At most so many in this scope, of what the process was given; the number is the calling thread's own. A
// team of threads costs small work more than it brings, the more so on a busy machine.
class OmpThreads {
  public:
    explicit OmpThreads(std::int64_t most) : before_(omp_get_max_threads()) {
        if (most < before_) omp_set_num_threads(static_cast<int>(std::max<std::int64_t>(most, 1)));
    }
    ~OmpThreads() { omp_set_num_threads(before_); }
    OmpThreads(const OmpThreads&) = delete;
    OmpThreads& operator=(const OmpThreads&) = delete;

  private:
    int before_;
};

}  // namespace o2v::model
