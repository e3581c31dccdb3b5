#include <algorithm>
#include <cmath>
#include <numeric>

#include "reports/statistics.hpp"
#include "reports/statistics_distributions.hpp"
#include "reports/statistics_samples.hpp"
#include "search/study/assignment.hpp"

namespace o2v::reports {
namespace {

// REQUIRES: not empty, no NaN. Reorders the values.
double average_of(std::vector<double>& values, Average average) {
    if (average == Average::mean) return mean(values);
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    if (values.size() % 2 == 1) return *middle;
    return (*std::max_element(values.begin(), middle) + *middle) / 2;
}

class Resampler {
  public:
    explicit Resampler(std::span<const double> values, Average average)
        : values_(values), average_(average), drawn_(values.size()) {
        expect_values(values);
    }
    double next(Rng& rng) {
        for (double& x : drawn_) x = values_[uniform_index(rng, values_.size())];
        return average_of(drawn_, average_);
    }

  private:
    std::span<const double> values_;
    Average average_;
    std::vector<double> drawn_;
};

// Efron's skewness of the jackknife values; NaN when they are all equal.
double acceleration(std::span<const double> values, Average average) {
    std::vector<double> left_out;
    for (std::size_t i = 0; i < values.size(); ++i) {
        std::vector<double> rest(values.begin(), values.end());
        rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(i));
        left_out.push_back(average_of(rest, average));
    }
    const double centre = mean(left_out);
    double squares = 0, cubes = 0;
    for (const double x : left_out) {
        squares += std::pow(centre - x, 2);
        cubes += std::pow(centre - x, 3);
    }
    return cubes / (6 * std::pow(squares, 1.5));
}

}  // namespace

Interval bootstrap_interval(std::span<const double> values, Average average, Bootstrap method,
                            const BootstrapOptions& options) {
    Resampler resampler(values, average);
    if (has_nan(values)) return {std::nan(""), std::nan("")};
    Rng rng(options.seed);
    std::vector<double> averages(static_cast<std::size_t>(options.resamples));
    for (double& x : averages) x = resampler.next(rng);
    double low = (1 - options.confidence) / 2, high = 1 - low;
    if (method == Bootstrap::bca && values.size() > 1 && !all_equal(averages)) {
        std::vector<double> copy(values.begin(), values.end());
        const double centre = average_of(copy, average);
        double below = 0;  // resamples below the sample's average, those equal to it by half
        for (const double x : averages) below += x < centre ? 1 : x == centre ? 0.5 : 0;
        const double bias = normal_quantile(
            std::clamp(below / options.resamples, 0.5 / options.resamples, 1 - 0.5 / options.resamples));
        const double skew = acceleration(values, average);
        if (!std::isnan(skew)) {
            const auto corrected = [&](double p) {
                const double z = bias + normal_quantile(p);
                return normal_cdf(bias + z / (1 - skew * z));
            };
            low = corrected(low);
            high = corrected(high);
        }
    }
    return {quantile(averages, low), quantile(averages, high)};
}

Interval bootstrap_ratio_interval(std::span<const double> numerator, std::span<const double> denominator,
                                  Average average, const BootstrapOptions& options) {
    Resampler above(numerator, average), below(denominator, average);
    if (has_nan(numerator) || has_nan(denominator)) return {std::nan(""), std::nan("")};
    Rng rng(options.seed);
    std::vector<double> ratios(static_cast<std::size_t>(options.resamples));
    for (double& ratio : ratios) {
        const double top = above.next(rng);
        ratio = top / below.next(rng);
    }
    const double tail = (1 - options.confidence) / 2;
    return {quantile(ratios, tail), quantile(ratios, 1 - tail)};
}

}  // namespace o2v::reports
