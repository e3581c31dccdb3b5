#include "model/evaluation/roc_curve.hpp"

#include <algorithm>
#include <numeric>

namespace o2v::model {

RocArea::RocArea(const float* scores, std::int64_t stride, std::span<const std::int32_t> labels,
                 std::int32_t positive) {
    std::vector<std::uint32_t> order(labels.size());
    std::iota(order.begin(), order.end(), 0U);
    const auto score = [&](std::uint32_t row) { return scores[static_cast<std::int64_t>(row) * stride]; };
    std::sort(order.begin(), order.end(),
              [&](std::uint32_t a, std::uint32_t b) { return score(a) < score(b); });
    places_.reserve(order.size());
    for (std::size_t i = 0; i < order.size(); ++i) {
        const bool last = i + 1 == order.size() || score(order[i + 1]) != score(order[i]);
        places_.push_back({order[i], labels[order[i]] == positive ? 1U : 0U, last ? 1U : 0U});
    }
}

// Mann-Whitney's statistic: for each positive row the negative ones with a lower score, and half of those
// with the same.
std::optional<double> RocArea::area(std::span<const std::uint16_t> counts) const {
    std::uint64_t positives = 0, negatives = 0, twice = 0;  // of whole groups with one score
    std::uint64_t group[2] = {0, 0};
    for (const Place place : places_) {
        group[place.positive] += counts.empty() ? 1 : counts[place.row];
        if (!place.last) continue;
        twice += group[1] * (2 * negatives + group[0]);
        negatives += group[0];
        positives += group[1];
        group[0] = group[1] = 0;
    }
    if (positives == 0 || negatives == 0) return std::nullopt;
    return static_cast<double>(twice) / 2 / static_cast<double>(positives) / static_cast<double>(negatives);
}

}  // namespace o2v::model
