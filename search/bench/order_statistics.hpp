// The distribution of the best of n draws.
#pragma once

#include <cstddef>
#include <span>

namespace o2v::bench_search {

// The median of the best of n draws without replacement from all the values there are: the first v_k with
// P(best <= v_k) = 1 - C(N - k, n) / C(N, n) >= 1/2, k counted from 1. REQUIRES: best_first is sorted and not
// empty, n >= 1; n > N counts as N.
double median_best_of_all(std::span<const double> best_first, std::size_t n);

// The median of the best of n independent draws from the distribution that the values are a large sample of:
// its quantile 1 - 2^(-1/n), interpolated between order statistics. REQUIRES: best_first is sorted and not
// empty, n >= 1.
double median_best_of_sample(std::span<const double> best_first, std::size_t n);

}  // namespace o2v::bench_search
