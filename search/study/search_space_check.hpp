// What SearchSpace's constructor demands of the parameters it is given. Private to the room.
#pragma once

#include <vector>

#include "search/study/errors.hpp"
#include "search/study/search_space.hpp"

namespace o2v {

// Everything that is wrong with the parameters taken one by one, with their conditions (but for cycles) and
// with the forbidden combinations.
std::vector<Problem> problems_of(const std::vector<Parameter>& parameters,
                                 const std::vector<Combination>& forbidden);

}  // namespace o2v
