// All of a study for other programs, in full precision, handed over piece by piece.
#pragma once

#include <functional>
#include <string_view>

#include "search/study/study.hpp"

namespace o2v::reports {

using Sink = std::function<void(std::string_view)>;

// A row a trial, by number: its state, every metric of its kept model (of one that has not completed: of its
// last epoch), every parameter ("fixed" ones too, where it has no value of its own), seed, what it took, and
// why it ended; last its joules, when any epoch of the study has them. Empty where there is nothing; "nan",
// "inf".
void export_trials_csv(const Study& study, const Sink& sink);
// A row an epoch of a trial: its seconds, pairs/s, memory, joules (when any has them) and every metric.
void export_curves_csv(const Study& study, const Sink& sink);
// {"name":..,"goals":[{"metric":..,"direction":..}],"fixed":{..},"trials":[trial_json() of each]}.
void export_json(const Study& study, const Sink& sink);

}  // namespace o2v::reports
