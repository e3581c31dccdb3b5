// Independent pieces of work on several threads.
#pragma once

#include <cstddef>
#include <functional>

namespace o2v::bench_search {

// Calls work(0) ... work(n-1), each once, on `threads` threads (at least one), and `done(finished)` after
// each, one call at a time. The first exception ends the run and is thrown again here, once the threads have
// finished what they were at.
void in_parallel(std::size_t n, std::size_t threads, const std::function<void(std::size_t)>& work,
                 const std::function<void(std::size_t)>& done);

}  // namespace o2v::bench_search
