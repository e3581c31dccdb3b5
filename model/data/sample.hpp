// Some of many rows.
#pragma once

#include <cstdint>
#include <vector>

namespace o2v::data {

// At most `most` of the numbers from 0 to count - 1, each once, ascending; the same for the same seed.
std::vector<std::int64_t> sample_of(std::int64_t count, std::int64_t most, std::uint64_t seed);

}  // namespace o2v::data
