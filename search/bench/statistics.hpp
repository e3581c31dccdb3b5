// Medians and a test whether two samples differ.
#pragma once

#include <span>
#include <vector>

namespace o2v::bench_search {

// The middle value, or the mean of the two middle ones; infinities are allowed, NaN is not. REQUIRES: not
// empty.
double median(std::vector<double> values);

// The two-sided p-value of the Wilcoxon-Mann-Whitney rank-sum test (F. Wilcoxon, Biometrics Bulletin 1, 1945;
// H. Mann & D. Whitney, Ann. Math. Statist. 18, 1947) that both samples come from one distribution: the share
// of all ways to choose which of the pooled values are `a`'s, at which the sum of a's ranks lies as far from
// its mean as it does here. Ties get their mean rank. Exact, ties included, up to kExactRanks values in all;
// above by the normal distribution, corrected for ties and for continuity. 1 when either is empty.
// REQUIRES: no NaN.
inline constexpr std::size_t kExactRanks = 100;
double rank_sum_p(std::span<const double> a, std::span<const double> b);

}  // namespace o2v::bench_search
