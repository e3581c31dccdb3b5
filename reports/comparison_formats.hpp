// Private to the room.
#pragma once

#include <string>

#include "reports/comparison.hpp"

namespace o2v::reports {

std::string comparison_as_text(const Comparison& comparison, bool markdown);
std::string comparison_as_json(const Comparison& comparison);
// One page that needs nothing else, light or dark as the reader has it.
std::string comparison_as_html(const Comparison& comparison);

}  // namespace o2v::reports
