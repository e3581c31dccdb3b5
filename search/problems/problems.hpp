// Synthetic objectives with known optima and learning curves: what strategies are compared on, and what a
// study is tried out on before it costs anything.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "search/study/study.hpp"

namespace o2v::problems {

struct ProblemInfo {
    std::string name;
    SearchSpace space;
    Goal goal;           // minimise "validation:loss"
    double optimum = 0;  // the least value in the space
    std::string summary;
};

const std::vector<ProblemInfo>& problems();
// Null when there is none of this name.
const ProblemInfo* find_problem(const std::string& name);

// The value of `params`; parameters that the problem does not know are ignored, values outside its space are
// taken as they are. Throws InputError for an unknown problem (with the nearest name) and for a parameter
// that is missing or of the wrong type, naming it.
double evaluate(const std::string& name, const Assignment& params);

// The value after epoch `epoch` of `epochs` (from 0): falls towards evaluate(), along a line whose speed and
// noise are the seed's, and is evaluate() itself at the last epoch. The same arguments give the same value.
// Throws as evaluate() does. REQUIRES: 0 <= epoch < epochs.
double learning_curve(const std::string& name, const Assignment& params, std::uint64_t seed,
                      std::int64_t epoch, std::int64_t epochs);

}  // namespace o2v::problems
