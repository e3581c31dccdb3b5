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
// percentile: the quantiles of the resampled averages. bca: those quantiles corrected for bias and
// acceleration (Efron 1987, with the jackknife's acceleration); where every resample or every jackknife value
// is equal there is nothing to correct, and it is the percentile interval.
enum class Bootstrap { percentile, bca };

struct BootstrapOptions {
    int resamples = 10'000;
    double confidence = 0.95;
    std::uint64_t seed = 1;  // the same seed and values give the same interval
};

Interval bootstrap_interval(std::span<const double> values, Average average, Bootstrap method,
                            const BootstrapOptions& options = {});
// Of average(numerator) / average(denominator), both resampled; percentile. Averages of zero in the
// denominator make the interval infinite or NaN.
Interval bootstrap_ratio_interval(std::span<const double> numerator, std::span<const double> denominator,
                                  Average average, const BootstrapOptions& options = {});

// Of each value its rank from 1; equal values share the mean of theirs.
std::vector<double> ranks(std::span<const double> values);

struct TestResult {
    double statistic = 0;
    double p = 1;  // two-sided
};
// Mann-Whitney's U of the first sample. p is exact where no two values are equal and one sample has 8 values
// or fewer, else by the normal approximation with corrections for ties and continuity (as scipy's "auto").
TestResult mann_whitney(std::span<const double> a, std::span<const double> b);
// Spearman's rank correlation; p by Student's t of n - 2 degrees. NaN when one side is constant or there are
// fewer than three pairs. Throws std::invalid_argument when the sides differ in length.
TestResult spearman(std::span<const double> a, std::span<const double> b);

}  // namespace o2v::reports
