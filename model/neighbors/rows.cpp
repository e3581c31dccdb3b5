#include "model/neighbors/rows.hpp"

#include <algorithm>
#include <cmath>
#include <random>

namespace o2v::model {

double length_of(std::span<const float> vector) {
    double sum = 0;
    for (const float x : vector) sum += static_cast<double>(x) * x;
    return std::sqrt(sum);
}

std::vector<float> unit_rows(Rows rows) {
    std::vector<float> unit(rows.values, rows.values + rows.count * rows.dim);
    for (std::int64_t row = 0; row < rows.count; ++row) {
        const double length = length_of(rows[row]);
        if (length == 0) continue;
        float* at = unit.data() + row * rows.dim;
        for (std::int64_t i = 0; i < rows.dim; ++i) at[i] = static_cast<float>(at[i] / length);
    }
    return unit;
}

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

std::vector<float> chosen_rows(Rows rows, std::span<const std::int64_t> chosen) {
    std::vector<float> copies;
    copies.reserve(chosen.size() * static_cast<std::size_t>(rows.dim));
    for (const std::int64_t row : chosen) copies.insert(copies.end(), rows[row].begin(), rows[row].end());
    return copies;
}

}  // namespace o2v::model
