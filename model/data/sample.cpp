#include "model/data/sample.hpp"

#include <algorithm>
#include <random>

namespace o2v::data {

// Selection sampling (Knuth, The Art of Computer Programming 2, algorithm S); the numbers are drawn without
// std's distributions, whose results are a library's own.
std::vector<std::int64_t> sample_of(std::int64_t count, std::int64_t most, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::vector<std::int64_t> chosen;
    std::int64_t wanted = std::min(count, most);
    for (std::int64_t i = 0; i < count && wanted > 0; ++i) {
        const double uniform = static_cast<double>(random() >> 11) * 0x1p-53;
        if (uniform * static_cast<double>(count - i) >= static_cast<double>(wanted)) continue;
        chosen.push_back(i);
        --wanted;
    }
    return chosen;
}

}  // namespace o2v::data
