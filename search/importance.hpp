// What the methods that weigh parameters answer.
#pragma once

#include <string>
#include <vector>

#include "search/study/search_space.hpp"

namespace o2v::search {

struct Importance {
    std::string parameter;
    double share = 0;  // in [0, 1]
    bool operator==(const Importance&) const = default;
};

struct Importances {
    // Of every parameter of the space, the most important first, ties in the space's order. They sum to 1, or
    // are all 0 when the trials tell nothing apart. Empty when there is too little to judge by.
    std::vector<Importance> shares;
    std::string
        remark;  // a sentence for people: why there are no shares, or what they leave out; may be empty
    bool operator==(const Importances&) const = default;
};

// The weights (not negative, in the space's order) as shares. REQUIRES: weights.size() == space.size().
std::vector<Importance> shares_of(const SearchSpace& space, const std::vector<double>& weights);

}  // namespace o2v::search
