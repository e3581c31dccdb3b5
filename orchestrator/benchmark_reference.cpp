#include "orchestrator/benchmark_reference.hpp"

#include <cstdint>
#include <fstream>
#include <numeric>
#include <string>

#include "orchestrator/benchmark_clock.hpp"
#include "orchestrator/benchmark_pinned.hpp"

namespace o2v::orchestrator {
namespace {

constexpr int kSteps = 20'000'000;                      // about 60 ms
constexpr std::size_t kNumbers = std::size_t{1} << 22;  // 32 MiB
constexpr int kPasses = 8;

// The clock of a logical CPU, of /proc/cpuinfo.
double mhz_of(int cpu) {
    std::ifstream info("/proc/cpuinfo");
    double mhz = 0;
    bool here = false;
    for (std::string line; std::getline(info, line);) {
        const std::size_t colon = line.find(':');
        if (colon == std::string::npos) continue;
        if (line.starts_with("processor")) here = std::atoi(line.c_str() + colon + 1) == cpu;
        if (here && line.starts_with("cpu MHz")) mhz = std::atof(line.c_str() + colon + 1);
    }
    return mhz;
}

}  // namespace

ReferenceTimes run_reference(const std::vector<int>& cores) {
    ReferenceTimes times;
    pinned(cores.empty() ? cores : std::vector<int>{cores.front()}, [&] {
        volatile std::uint64_t sink = 0;  // the results must be wanted
        times.cpu_seconds = seconds_of([&] {
            std::uint64_t x = 0x9e3779b97f4a7c15;  // xorshift64* (Vigna 2016)
            for (int i = 0; i < kSteps; ++i) {
                x ^= x >> 12;
                x ^= x << 25;
                x ^= x >> 27;
                x *= 0x2545f4914f6cdd1d;
            }
            sink = x;
        });
        std::vector<std::uint64_t> numbers(kNumbers);
        std::iota(numbers.begin(), numbers.end(), std::uint64_t{1});
        times.memory_seconds = seconds_of([&] {
            for (int pass = 0; pass < kPasses; ++pass)
                sink = sink + std::accumulate(numbers.begin(), numbers.end(), std::uint64_t{0});
        });
    });
    times.mhz = mhz_of(cores.empty() ? 0 : cores.front());
    return times;
}

}  // namespace o2v::orchestrator
