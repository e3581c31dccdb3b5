// Pictures of a comparison. Private to the room.
#pragma once

#include <string>
#include <vector>

#include "reports/comparison.hpp"
#include "reports/comparison_values.hpp"

namespace o2v::reports {

// The interval of each row's harm as a line: left of 1 is better, right of it worse. Rows of which neither is
// better ("same") are left out.
std::string ratios_svg(const Pairing& pairing);
// Price of a million over rows a second, a point each, of one measure. REQUIRES: not empty.
std::string cost_svg(const std::vector<CostPoint>& points);

}  // namespace o2v::reports
