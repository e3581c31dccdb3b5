// The problems of search/problems as landscapes.
#pragma once

#include "search/bench/landscape.hpp"

namespace o2v::bench_search {

struct FormulaName {
    std::string name, group;
};

// The group for what a suggestion costs; what it is good for is measured on the group "formulas".
inline constexpr const char* kCostGroup = "cost";

// Their 0 is the median of the best of 100 uniform draws after any number of trials, their 1 the optimum.
const std::vector<FormulaName>& formula_names();

// Draws a sample, about half a second. REQUIRES: a name of formula_names().
std::unique_ptr<const Landscape> formula(const std::string& name);

}  // namespace o2v::bench_search
