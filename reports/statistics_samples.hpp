// What every statistic asks of its sample first. Private to the room.
#pragma once

#include <algorithm>
#include <cmath>
#include <span>
#include <stdexcept>

namespace o2v::reports {

inline void expect_values(std::span<const double> values) {
    if (values.empty()) throw std::invalid_argument("statistics of no values");
}

inline bool has_nan(std::span<const double> values) {
    return std::any_of(values.begin(), values.end(), [](double x) { return std::isnan(x); });
}

// REQUIRES: not empty.
inline bool all_equal(std::span<const double> values) {
    return std::all_of(values.begin(), values.end(), [&](double x) { return x == values.front(); });
}

}  // namespace o2v::reports
