#include "model/data/buckets.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace o2v::data {
namespace {

// step, 2 step, ... and at last max_len itself.
std::vector<std::int64_t> bounds(std::int64_t step, std::int64_t max_len) {
    std::vector<std::int64_t> result;
    for (std::int64_t bound = step; bound < max_len; bound += step) result.push_back(bound);
    result.push_back(max_len);
    return result;
}

std::int64_t scaled(std::int64_t width, double factor) {
    return std::max<std::int64_t>(1, std::llround(static_cast<double>(width) * factor));
}

}  // namespace

std::vector<Bucket> make_buckets(std::int64_t bucket_width, std::int64_t max_len0, std::int64_t max_len1,
                                 double mean_length_ratio) {
    assert(bucket_width > 0 && max_len0 > 0 && max_len1 > 0 && mean_length_ratio > 0);
    const bool longer1 = mean_length_ratio >= 1;
    auto bounds0 = bounds(longer1 ? scaled(bucket_width, 1 / mean_length_ratio) : bucket_width, max_len0);
    auto bounds1 = bounds(longer1 ? bucket_width : scaled(bucket_width, mean_length_ratio), max_len1);
    const std::size_t n = std::max(bounds0.size(), bounds1.size());
    bounds0.resize(n, max_len0);
    bounds1.resize(n, max_len1);

    std::vector<Bucket> buckets;
    for (std::size_t i = 0; i < n; ++i) buckets.push_back({bounds0[i], bounds1[i]});
    return buckets;
}

std::vector<Bucket> make_buckets(std::int64_t bucket_width, const Dataset& dataset) {
    std::int64_t longest[2] = {1, 1};
    double ratios = 0;
    for (std::int64_t i = 0; i < dataset.size(); ++i) {
        const auto len0 = static_cast<std::int64_t>(dataset.side[0][i].size());
        const auto len1 = static_cast<std::int64_t>(dataset.side[1][i].size());
        longest[0] = std::max(longest[0], len0);
        longest[1] = std::max(longest[1], len1);
        ratios += static_cast<double>(std::max<std::int64_t>(len1, 1)) /
                  static_cast<double>(std::max<std::int64_t>(len0, 1));
    }
    const double mean = dataset.size() > 0 ? ratios / static_cast<double>(dataset.size()) : 1;
    return make_buckets(bucket_width, longest[0], longest[1], mean);
}

std::size_t find_bucket(const std::vector<Bucket>& buckets, std::int64_t len0, std::int64_t len1) {
    const auto takes = [&](const Bucket& bucket) { return bucket[0] >= len0 && bucket[1] >= len1; };
    const auto found = std::find_if(buckets.begin(), buckets.end(), takes);
    assert(found != buckets.end());
    return static_cast<std::size_t>(found - buckets.begin());
}

}  // namespace o2v::data
