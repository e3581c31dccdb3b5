// The Pareto front of a study with several goals. Private to the room.
#pragma once

#include <string>

#include "search/study/study.hpp"

namespace o2v::reports {

// "on the Pareto front (*): 2 trials, of hypervolume 0.42 to the worst of all, loss 0.9 and seconds 12": the
// volume of what the front dominates, within the worst values of the feasible trials. "" with one goal or
// without a front.
std::string front_line(const Study& study);

}  // namespace o2v::reports
