// The share of [0, 1] that a value of a finite domain has in the unit coordinates of SearchSpace.
#pragma once

#include "search/study/search_space.hpp"

namespace o2v::search {

struct Share {
    double low = 0, high = 1;
};

// All coordinates strictly between low and high map to `value`. REQUIRES: the domain has a cardinality and
// contains the value.
Share share_of(const Domain& domain, const ParamValue& value);

}  // namespace o2v::search
