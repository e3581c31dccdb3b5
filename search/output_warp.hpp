// Losses made fit for a Gaussian process: near to normal, with the good ones told apart and the bad ones not
// in the way.
#pragma once

#include <span>
#include <vector>

namespace o2v::search {

// Standardized values in the order of the losses, one each, least = best:
// - losses worse than the median are pulled in to what a normal distribution with the better half's spread
// has at
//   their rank (the half-rank warp of Vizier, arXiv 2408.11527, section 3.5);
// - then Yeo & Johnson's power transform with its most likely exponent (Biometrika 87, 2000), and
// standardizing;
// - NaN (failed, diverged) becomes a little worse than the worst number.
// All equal, or none finite: all 0. Infinite losses count as the largest finite one and a little more.
std::vector<double> warp_losses(std::span<const double> losses);

}  // namespace o2v::search
