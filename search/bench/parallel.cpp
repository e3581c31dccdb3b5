#include "search/bench/parallel.hpp"

#include <algorithm>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace o2v::bench_search {

void in_parallel(std::size_t n, std::size_t threads, const std::function<void(std::size_t)>& work,
                 const std::function<void(std::size_t)>& done) {
    std::mutex mutex;
    std::size_t next = 0, finished = 0;
    std::exception_ptr failure;
    const auto go = [&] {
        for (;;) {
            std::size_t mine = 0;
            {
                const std::lock_guard lock(mutex);
                if (failure || next == n) return;
                mine = next++;
            }
            std::exception_ptr mishap;
            try {
                work(mine);
            } catch (...) {
                mishap = std::current_exception();
            }
            const std::lock_guard lock(mutex);
            if (mishap && !failure) failure = mishap;
            if (!mishap) done(++finished);
        }
    };
    std::vector<std::thread> others;
    for (std::size_t i = 1; i < std::min(threads, n); ++i) others.emplace_back(go);
    go();
    for (std::thread& other : others) other.join();
    if (failure) std::rethrow_exception(failure);
}

}  // namespace o2v::bench_search
