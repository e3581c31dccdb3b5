// The Pareto front of a study with several goals. Private to the room.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "search/study/hypervolume.hpp"
#include "search/study/study.hpp"

namespace o2v::reports {

// "on the Pareto front (*): 2 trials, of hypervolume 0.42 to the worst of all, loss 0.9 and seconds 12": the
// volume of what the front dominates, within the worst values of the feasible trials. "" with one goal or
// without a front.
std::string front_line(const Study& study);

// What the goals are to be minimised by: the trial's values, negated where a goal is maximised. nullopt
// unless all are finite.
std::optional<Point> goal_point(const Trial& trial, const std::vector<Goal>& goals);
// The worst of each coordinate over the feasible trials that have one; nullopt when none has.
std::optional<Point> worst_point(const Study& study);

}  // namespace o2v::reports
