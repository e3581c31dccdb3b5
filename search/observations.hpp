// What the strategies that learn see of a study: points with a loss to minimise.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "search/study/study.hpp"

namespace o2v::search {

struct Observation {
    enum class Kind {
        completed,  // `loss` is final
        partial,    // pruned, or paused by the pruner: `loss` is the best of its curve, after `epochs` epochs
        failed,     // failed, diverged, or ended without a number: worse than anything, `loss` is NaN
        pending,    // waiting or running; `loss` is the best of its curve so far, or NaN
    };
    const Trial* trial = nullptr;
    Kind kind = Kind::pending;
    double loss = 0;          // the first goal's value, negated when it is to be maximised; may be infinite
    std::int64_t epochs = 0;  // reported so far
    double violation = 0;     // of the constraints; only of completed trials
};

// All trials whose assignment lies in the space (as it is now), in order of their numbers.
std::vector<Observation> observations(const Study& study);

// Of one trial; nullopt when its assignment does not lie in the space.
std::optional<Observation> observation(const Trial& trial, const Study& study);

// The goal's value as a loss to minimise, and back.
double as_loss(const Goal& goal, double value);

}  // namespace o2v::search
