// The order in which observations of different kinds rank for the strategies that compare them.
#pragma once

#include <compare>

#include "search/observations.hpp"

namespace o2v::search {

// Less is better. Completed and feasible trials by loss; then partial ones, the longer the better, then by
// loss; then infeasible ones by violation, then by loss; then failed ones; then pending ones. Never NaN.
struct Merit {
    enum class Tier { feasible, partial, infeasible, failed, pending };
    Tier tier = Tier::pending;
    double first = 0, second = 0;

    friend std::partial_ordering operator<=>(const Merit&, const Merit&) = default;
};

Merit merit_of(const Observation& seen);

}  // namespace o2v::search
