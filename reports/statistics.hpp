// Statistics of repeated measurements. Pure; NaN in, NaN out; an empty sample is std::invalid_argument.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace o2v::reports {

struct Interval {
    double low = 0, high = 0;
    bool contains(double x) const { return low <= x && x <= high; }
    bool operator==(const Interval&) const = default;
};

double mean(std::span<const double> values);
// Of an even number of values the mean of the two in the middle.
double median(std::span<const double> values);
// Of a sample (divided by n - 1). Of one value NaN.
double standard_deviation(std::span<const double> values);
// Linear between order statistics (Hyndman and Fan's type 7, numpy's default). REQUIRES: 0 <= p <= 1.
double quantile(std::span<const double> values, double p);
// Standard deviation over mean.
double coefficient_of_variation(std::span<const double> values);

// Student's interval of the mean. Of one value (-infinity, infinity). REQUIRES: 0 < confidence < 1.
Interval student_t_interval(std::span<const double> values, double confidence = 0.95);

enum class Average { mean, median };
struct BootstrapOptions {
    int resamples = 10'000;
    double confidence = 0.95;
    std::uint64_t seed = 1;  // the same seed and values give the same interval
};

// The quantiles of the resampled averages.
Interval bootstrap_interval(std::span<const double> values, Average average,
                            const BootstrapOptions& options = {});
// Of average(numerator) / average(denominator), both resampled. Averages of zero in the
// denominator make the interval infinite or NaN.
Interval bootstrap_ratio_interval(std::span<const double> numerator, std::span<const double> denominator,
                                  Average average, const BootstrapOptions& options = {});

}  // namespace o2v::reports
