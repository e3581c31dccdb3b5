#include "search/bench/order_statistics.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace o2v::bench_search {

double median_best_of_all(std::span<const double> best_first, std::size_t n) {
    assert(!best_first.empty() && n >= 1);
    const std::size_t all = best_first.size();
    n = std::min(n, all);
    double all_worse = 1;  // P(none of the draws is among the k best)
    for (std::size_t k = 1; k <= all; ++k) {
        if (all - k + 1 <= n) return best_first[k - 1];  // more draws than are left over
        all_worse *= static_cast<double>(all - k + 1 - n) / static_cast<double>(all - k + 1);
        if (all_worse <= 0.5) return best_first[k - 1];
    }
    return best_first.back();
}

double median_best_of_sample(std::span<const double> best_first, std::size_t n) {
    assert(!best_first.empty() && n >= 1);
    const double share = -std::expm1(-std::log(2.0) / static_cast<double>(n));
    const double at = share * static_cast<double>(best_first.size() - 1);
    const auto below = static_cast<std::size_t>(at);
    const std::size_t above = std::min(below + 1, best_first.size() - 1);
    const double part = at - static_cast<double>(below);
    return best_first[below] + part * (best_first[above] - best_first[below]);
}

}  // namespace o2v::bench_search
