// Vectors side by side in memory that belongs to someone else.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace o2v::model {

// All numbers finite.
struct Rows {
    const float* values = nullptr;  // count * dim
    std::int64_t count = 0, dim = 0;
    std::span<const float> operator[](std::int64_t row) const {
        return {values + row * dim, static_cast<std::size_t>(dim)};
    }
};

double length_of(std::span<const float> vector);
// Copies of length 1; one of length 0 stays so.
std::vector<float> unit_rows(Rows rows);
// At most `most` of the numbers from 0 to count - 1, each once, ascending; the same for the same seed.
std::vector<std::int64_t> sample_of(std::int64_t count, std::int64_t most, std::uint64_t seed);
// Copies of the chosen rows, in that order.
std::vector<float> chosen_rows(Rows rows, std::span<const std::int64_t> chosen);

}  // namespace o2v::model
