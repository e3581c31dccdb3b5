// The problem families, one file each. Private to the room.
#pragma once

#include <vector>

#include "search/problems/problems.hpp"

namespace o2v::problems {

struct Family {
    ProblemInfo info;
    double (*value)(const Assignment&);
    double spread;  // how far above its last value a learning curve starts
};

Family branin();
Family hartmann6();
Family ackley();
Family object2vec_like();

// x0 ... x(n-1), each in [min, max].
SearchSpace cube(std::size_t n, double min, double max);
// What every problem is after.
Goal least_loss();

}  // namespace o2v::problems
