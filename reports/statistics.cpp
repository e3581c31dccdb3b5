#include "reports/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "reports/statistics_distributions.hpp"
#include "reports/statistics_samples.hpp"

namespace o2v::reports {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

}  // namespace

double mean(std::span<const double> values) {
    expect_values(values);
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double median(std::span<const double> values) {
    return quantile(values, 0.5);
}

double standard_deviation(std::span<const double> values) {
    const double centre = mean(values);
    if (values.size() == 1) return kNaN;
    double squares = 0;
    for (const double x : values) squares += (x - centre) * (x - centre);
    return std::sqrt(squares / static_cast<double>(values.size() - 1));
}

double quantile(std::span<const double> values, double p) {
    expect_values(values);
    if (has_nan(values)) return kNaN;
    std::vector<double> sorted(values.begin(), values.end());
    const double place = p * static_cast<double>(sorted.size() - 1);
    const auto below = static_cast<std::size_t>(place);
    const auto at = sorted.begin() + static_cast<std::ptrdiff_t>(below);
    std::nth_element(sorted.begin(), at, sorted.end());
    const double share = place - static_cast<double>(below);
    if (share == 0) return *at;
    const double next = *std::min_element(at + 1, sorted.end());
    return *at + share * (next - *at);
}

double coefficient_of_variation(std::span<const double> values) {
    return standard_deviation(values) / mean(values);
}

Interval student_t_interval(std::span<const double> values, double confidence) {
    const double centre = mean(values);
    if (values.size() == 1) return {-kInfinity, kInfinity};
    const auto n = static_cast<double>(values.size());
    const double width =
        student_t_quantile(0.5 + confidence / 2, n - 1) * standard_deviation(values) / std::sqrt(n);
    return {centre - width, centre + width};
}

}  // namespace o2v::reports
