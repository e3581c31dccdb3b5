// The problems of search/problems as landscapes.
#pragma once

#include "search/bench/landscape.hpp"

namespace o2v::bench_search {

// branin, hartmann6, ackley10 and object2vec_like. Their 0 is the median of the best of 100 uniform draws
// after any number of trials, their 1 the optimum.
const std::vector<std::string>& formula_names();

// Draws a sample, about half a second. REQUIRES: a name of formula_names().
std::unique_ptr<const Landscape> formula(const std::string& name);

}  // namespace o2v::bench_search
