#include "model/neighbors/rows.hpp"

#include <cmath>

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

std::vector<float> chosen_rows(Rows rows, std::span<const std::int64_t> chosen) {
    std::vector<float> copies;
    copies.reserve(chosen.size() * static_cast<std::size_t>(rows.dim));
    for (const std::int64_t row : chosen) copies.insert(copies.end(), rows[row].begin(), rows[row].end());
    return copies;
}

}  // namespace o2v::model
