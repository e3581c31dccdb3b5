#include "search/bench/statistics.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <numbers>
#include <numeric>

namespace o2v::bench_search {
namespace {

// Twice the mean rank (from 1) of each value among all: whole numbers, so that sums compare exactly.
struct Ranks {
    std::vector<std::int64_t> doubled;  // of a's values, then of b's
    double ties = 0;                    // sum of t^3 - t over groups of t equal values
};

Ranks ranks_of(std::span<const double> a, std::span<const double> b) {
    std::vector<double> values(a.begin(), a.end());
    values.insert(values.end(), b.begin(), b.end());
    std::vector<std::size_t> order(values.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(),
              [&](std::size_t i, std::size_t j) { return values[i] < values[j]; });
    Ranks ranks{std::vector<std::int64_t>(values.size()), 0};
    for (std::size_t first = 0; first < order.size();) {
        std::size_t last = first;
        while (last + 1 < order.size() && values[order[last + 1]] == values[order[first]]) ++last;
        for (std::size_t i = first; i <= last; ++i)
            ranks.doubled[order[i]] = static_cast<std::int64_t>(first + last + 2);
        const auto equal = static_cast<double>(last - first + 1);
        ranks.ties += equal * equal * equal - equal;
        first = last + 1;
    }
    return ranks;
}

// ways[k][s]: choices of k of the ranks that sum to s. Counts are doubles: exact up to 2^53 and to 16 digits
// beyond.
double exact_p(const Ranks& ranks, std::size_t n, std::int64_t sum) {
    std::vector<std::int64_t> sorted = ranks.doubled;
    std::sort(sorted.rbegin(), sorted.rend());
    const auto most = static_cast<std::size_t>(
        std::accumulate(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(n), std::int64_t{0}));
    std::vector<std::vector<double>> ways(n + 1, std::vector<double>(most + 1));
    ways[0][0] = 1;
    for (const std::int64_t rank : sorted) {
        const auto r = static_cast<std::size_t>(rank);
        for (std::size_t k = n; k-- > 0;)
            for (std::size_t s = 0; s + r <= most; ++s) ways[k + 1][s + r] += ways[k][s];
    }
    // The mean of the doubled sum is n (N + 1), a whole number.
    const auto mean = static_cast<std::int64_t>(n * (sorted.size() + 1));
    const std::int64_t apart = std::llabs(sum - mean);
    double as_far = 0, all = 0;
    for (std::size_t s = 0; s <= most; ++s) {
        all += ways[n][s];
        if (std::llabs(static_cast<std::int64_t>(s) - mean) >= apart) as_far += ways[n][s];
    }
    return std::min(1.0, as_far / all);
}

double normal_p(const Ranks& ranks, std::size_t n, std::size_t m, std::int64_t sum) {
    const auto a = static_cast<double>(n), b = static_cast<double>(m), all = a + b;
    const double variance = a * b / 12 * (all + 1 - ranks.ties / (all * (all - 1)));
    if (!(variance > 0)) return 1;
    const double apart = std::abs(static_cast<double>(sum) / 2 - a * (all + 1) / 2);
    return std::erfc(std::max(0.0, apart - 0.5) / std::sqrt(variance) / std::numbers::sqrt2);
}

}  // namespace

double median(std::vector<double> values) {
    assert(!values.empty());
    std::sort(values.begin(), values.end());
    const std::size_t middle = values.size() / 2;
    if (values.size() % 2 == 1 || values[middle - 1] == values[middle]) return values[middle];
    return std::midpoint(values[middle - 1], values[middle]);
}

double rank_sum_p(std::span<const double> a, std::span<const double> b) {
    if (a.empty() || b.empty()) return 1;
    const Ranks ranks = ranks_of(a, b);
    const std::int64_t sum =
        std::accumulate(ranks.doubled.begin(), ranks.doubled.begin() + std::ssize(a), std::int64_t{0});
    if (a.size() + b.size() <= kExactRanks) return exact_p(ranks, a.size(), sum);
    return normal_p(ranks, a.size(), b.size(), sum);
}

}  // namespace o2v::bench_search
