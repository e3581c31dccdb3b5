// Private to the room.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "reports/comparison.hpp"

namespace o2v::reports {

std::vector<Difference> differences_of(const BenchResult& first, const BenchResult& other,
                                       const std::set<std::string>& allowed);

}  // namespace o2v::reports
