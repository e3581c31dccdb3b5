#include "model/evaluation/bootstrap.hpp"

#include <algorithm>
#include <cmath>

namespace o2v::model {
namespace {

// Linear between neighbours. REQUIRES: sorted, not empty.
double quantile(const std::vector<double>& sorted, double share) {
    const double place = share * static_cast<double>(sorted.size() - 1);
    const auto below = static_cast<std::size_t>(place);
    const std::size_t above = std::min(below + 1, sorted.size() - 1);
    return sorted[below] + (place - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

}  // namespace

Resamples::Resamples(std::int64_t rows, const BootstrapOptions& options)
    : rows_(rows), resamples_(options.resamples), state_(options.seed) {}

// SplitMix64 (Steele, Lea & Flood 2014).
std::uint64_t Resamples::next() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15ULL;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
}

void Resamples::each(const std::function<void(std::span<const std::uint16_t>)>& measure) {
    const auto rows = static_cast<std::uint64_t>(rows_);
    std::vector<std::uint16_t> counts(rows);
    for (int i = 0; i < resamples_; ++i) {
        std::fill(counts.begin(), counts.end(), std::uint16_t{0});
        // Two draws of 32 bits a number: a row's chance is off by less than rows / 2^32.
        for (std::uint64_t drawn = 0; drawn < rows; drawn += 2) {
            const std::uint64_t bits = next();
            ++counts[((bits >> 32) * rows) >> 32];
            if (drawn + 1 < rows) ++counts[((bits & 0xffffffffU) * rows) >> 32];
        }
        measure(counts);
    }
}

Estimate Spread::percentile(double value) {
    std::erase_if(values_, [](double x) { return std::isnan(x); });
    if (values_.empty()) return {value, value, value};
    std::sort(values_.begin(), values_.end());
    return {value, quantile(values_, 0.025), quantile(values_, 0.975)};
}

Estimate Spread::mirrored(double value) {
    const Estimate plain = percentile(value);
    return {value, std::max(0.0, 2 * value - plain.high), std::max(0.0, 2 * value - plain.low)};
}

}  // namespace o2v::model
