// What every report reads off a trial. Private to the room.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "search/study/study.hpp"

namespace o2v::reports {

// Training and evaluation time of the epochs in the curve.
double seconds_of(const Trial& trial);
// Those that it has run itself: a fork's curve begins with its parent's.
std::size_t own_epochs(const Trial& trial);
// Its share of the machine's energy in the epochs of its own; nullopt unless each of them
// tells.
std::optional<double> joules_of(const Trial& trial);
// The ending's metrics, or the latest ones reported.
Metrics metrics_of(const Trial& trial);
// Its parameters and, where it has no values of its own, the study's fixed ones.
Assignment configuration_of(const Study& study, const Trial& trial);
// Why it was pruned, or how it failed; "" otherwise.
std::string reason_of(const Trial& trial);
std::string failure_text(const Failure& failure);  // "out_of_memory: 12 GiB asked for"

// A value for people: floats with four significant digits.
std::string short_text(const ParamValue& value);
std::string short_text(const Assignment& params);            // "learning_rate=0.01, mlp_dim=64"
std::string plural(std::size_t n, const std::string& noun);  // "1 epoch", "3 epochs"
std::string cores_text(std::vector<int> cores);              // "0-3,8"; "any" when there are none

// Of Study::judged_metrics(): as Trial::value() has it for a goal, the latest for a constraint. May be NaN.
std::vector<std::optional<double>> judged_values(const Study& study, const Trial& trial);
std::string goal_text(const Goal& goal);  // "minimizes validation:loss"

}  // namespace o2v::reports
