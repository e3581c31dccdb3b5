// Functional ANOVA (Hutter, Hoos & Leyton-Brown, "An Efficient Approach for Assessing Hyperparameter
// Importance", ICML 2014): how much of the objective's variation over the space does each parameter explain
// alone?
#pragma once

#include <cstdint>

#include "search/importance.hpp"
#include "search/study/study.hpp"

namespace o2v::search {

struct FanovaOptions {
    int trees = 64;
    std::uint64_t seed = 0;  // of the forest; the same seed gives the same bits
};

// Fits a random forest to the first goal's values of the completed trials, by each parameter's place on its
// scale, and integrates each tree exactly over its leaves' boxes. A parameter's share is that of the variance
// of its marginal prediction (the mean over all other parameters, uniform on their scales), summed over the
// trees; the remark gives the part of the variance that no parameter explains alone. A parameter that a trial
// does not have had no effect there: its place is drawn at random, anew for each tree, so that what its
// parents decide is theirs. Values that are not finite are left out; infeasible trials are not. Needs two
// values. REQUIRES: trees > 0.
Importances fanova(const Study& study, const FanovaOptions& options = {});

}  // namespace o2v::search
