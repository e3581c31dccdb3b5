// When a search may end: an upper bound on what there is still to gain (Makarova et al., "Automatic
// Termination for Hyperparameter Optimization", AutoML-Conf 2022).
#pragma once

#include <optional>

#include "search/study/study.hpp"

namespace o2v::search {

inline constexpr std::size_t kRegretBoundTrials = 20;  // before which there is none

// How much better than the best trial the first goal may still become, in its unit: the least upper
// confidence bound of a tried configuration less the least lower one of the space, both of the loss under a
// Gaussian process. Bounds are sqrt(beta) deviations wide with beta = 2 ln(d n^2 pi^2 / (6 delta)) / 5, delta
// = 0.1, for n trials of d parameters. The space's least is looked for in 2048 points of a Sobol sequence and
// the tried configurations, and by descents from the eight best of them. It is as true as the model is: a
// bound with high probability for functions like the process, none for others.
//
// The process is fitted to the feasible completed trials, the 128 best and 128 of the others where there are
// more. Losses worse than the median count as the median. (The paper leaves the worse half out; then the
// places known to be bad count as unknown, and the bound does not fall.) Whether a configuration would be
// feasible is not asked.
//
// nullopt before kRegretBoundTrials such trials with a finite value, or while all of these are one. Never
// negative; 0 in a space of one configuration. A function of the study alone.
std::optional<double> regret_bound(const Study& study);

}  // namespace o2v::search
