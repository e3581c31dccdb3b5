// Maximizes an acquisition function over a space of numbers, categories and conditions.
#pragma once

#include <optional>
#include <vector>

#include "search/acquisition.hpp"
#include "search/gp_inputs.hpp"
#include "search/study/study.hpp"

namespace o2v::search {

// The open assignment (neither tried nor forbidden) with the highest score among those looked at: a Sobol
// sequence's and neighbours of `good`, best first, and from the best of these a local search that takes turns
// between L-BFGS on the numbers with many values and the best single change of the others, as long as it
// climbs. Those as good as equal to one of
// the `running` points (F x k) only when there is no other. nullopt when none of them is open.
std::optional<Assignment> maximize(const Acquisition& acquisition, const GpInputs& inputs, const Study& study,
                                   const std::vector<Assignment>& good, const Eigen::MatrixXd& running,
                                   Rng& rng);

}  // namespace o2v::search
