// Whether a model may take the place of the current one.
#pragma once

#include <optional>
#include <stdexcept>
#include <string>

#include "orchestrator/model_lineage.hpp"

namespace o2v::orchestrator {

struct GateVerdict {
    bool worse = false;
    std::string sentence;  // both figures, or why there is nothing to compare; no full stop
};

// Compares on the same data only. With one goal the worse figure is worse; with several a candidate is worse
// when the current model is as good in every goal and better in one. NaN is worse than every number.
// `incumbent` names the current model: "version 3 (trial 2)".
GateVerdict compare_on_same_data(const Judged& candidate, const Judged& current,
                                 const std::string& incumbent);

// The gate's refusal. Exit code 1.
class PromotionRefused : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

// The trial that the end of a run promotes: with one goal the best; with several, of the front's members (all
// of which keep the constraints) the one nearest to the ideal point, with each goal scaled to 0..1 between
// the front's best and worst value of it. Of equally near ones the first in number. Null when none has
// completed with a number.
const Trial* chosen_for_promotion(const Study& study);

}  // namespace o2v::orchestrator
