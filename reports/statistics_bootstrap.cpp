#include <algorithm>
#include <cmath>

#include "reports/statistics.hpp"
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

}  // namespace

Interval bootstrap_interval(std::span<const double> values, Average average,
                            const BootstrapOptions& options) {
    Resampler resampler(values, average);
    if (has_nan(values)) return {std::nan(""), std::nan("")};
    Rng rng(options.seed);
    std::vector<double> averages(static_cast<std::size_t>(options.resamples));
    for (double& x : averages) x = resampler.next(rng);
    const double tail = (1 - options.confidence) / 2;
    return {quantile(averages, tail), quantile(averages, 1 - tail)};
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
