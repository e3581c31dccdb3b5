// What SearchSpace's constructor demands of the parameters it is given. Private to the room.
#pragma once

#include <vector>

#include "search/study/errors.hpp"
#include "search/study/search_space.hpp"

namespace o2v {

// Everything that is wrong with the parameters taken one by one and with their conditions, but for cycles.
std::vector<Problem> problems_of(const std::vector<Parameter>& parameters);

}  // namespace o2v
