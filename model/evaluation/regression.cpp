#include "model/evaluation/regression.hpp"

#include <cmath>
#include <numeric>

namespace o2v::model {
namespace {

// Sums over rows, of values and labels from which their means have been taken: squares do not cancel then.
struct Sums {
    double n = 0, squared = 0, absolute = 0, a = 0, b = 0, aa = 0, bb = 0, ab = 0;

    void add(double value, double label, double error, double times) {
        n += times;
        squared += times * error * error;
        absolute += times * std::abs(error);
        a += times * value;
        b += times * label;
        aa += times * value * value;
        bb += times * label * label;
        ab += times * value * label;
    }

    double pearson() const {
        constexpr double kRounding = 1e-12;
        const double var_a = n * aa - a * a, var_b = n * bb - b * b;
        if (!(var_a > kRounding * n * aa) || !(var_b > kRounding * n * bb)) return 0;
        return (n * ab - a * b) / std::sqrt(var_a * var_b);
    }
};

double mean(std::span<const float> x) {
    return std::accumulate(x.begin(), x.end(), 0.0) / static_cast<double>(x.size());
}

}  // namespace

Regression evaluate_regression(std::span<const float> values, std::span<const float> labels,
                               const BootstrapOptions& options) {
    const double mean_value = mean(values), mean_label = mean(labels);
    const auto sums_of = [&](std::span<const std::uint16_t> counts) {
        Sums sums;
        for (std::size_t i = 0; i < values.size(); ++i) {
            const double times = counts.empty() ? 1 : counts[i];
            const double value = values[i], label = labels[i];
            if (times != 0) sums.add(value - mean_value, label - mean_label, value - label, times);
        }
        return sums;
    };
    Spread squared, root, absolute, pearson;
    Resamples(static_cast<std::int64_t>(values.size()), options)
        .each([&](std::span<const std::uint16_t> counts) {
            const Sums sums = sums_of(counts);
            squared.add(sums.squared / sums.n);
            root.add(std::sqrt(sums.squared / sums.n));
            absolute.add(sums.absolute / sums.n);
            pearson.add(sums.pearson());
        });
    const Sums sums = sums_of({});
    return {static_cast<std::int64_t>(values.size()), squared.percentile(sums.squared / sums.n),
            root.percentile(std::sqrt(sums.squared / sums.n)), absolute.percentile(sums.absolute / sums.n),
            pearson.percentile(sums.pearson())};
}

}  // namespace o2v::model
