// The percentile stopping rule (Optuna's PercentilePruner): as the median rule, with a share of the trials
// that is good enough instead of half of them.
#pragma once

#include "search/running_means.hpp"

namespace o2v::search {

// A trial goes on while its best value so far is at least as good as the `percentile`-th percentile, counted
// from the best, of the running means that MedianPruner compares with: 25 = among the best quarter. All else,
// NaN included, is as there; 50 is the median rule.
class PercentilePruner final : public RunningMeansRule {
  public:
    // Throws InputError when a count is negative or the percentile is not within 0 to 100.
    explicit PercentilePruner(const PrunerOptions& options);
};

}  // namespace o2v::search
