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
// Copies of the chosen rows, in that order.
std::vector<float> chosen_rows(Rows rows, std::span<const std::int64_t> chosen);

}  // namespace o2v::model
