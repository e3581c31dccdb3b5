// Population-based training's exploring: a configuration near another one.
#pragma once

#include "search/study/study.hpp"

namespace o2v::search {

// `params` with each parameter of SearchOptions::explore (none named: every one but "epochs") drawn anew with
// probability 1/4. Otherwise a number is multiplied by 0.8 or 1.2 (where its scale is reverse_log, its
// distance to 1 is), moves at least to the next value there is and stays within its range, an ordinal value
// moves to a neighbour, and a category stays. Parameters that exist only now get their initial value or the
// middle. `params` itself when 32 attempts give nothing but forbidden combinations. REQUIRES: the space fits
// `params`.
Assignment explored(const Assignment& params, const StudySpec& spec, Rng& rng);

}  // namespace o2v::search
