// How far a model's values are from the true ones.
#pragma once

#include <cstdint>
#include <span>

#include "model/evaluation/bootstrap.hpp"

namespace o2v::model {

struct Regression {
    std::int64_t rows = 0;
    Estimate mean_squared_error, root_mean_squared_error, mean_absolute_error;
    Estimate pearson;  // correlation of values and labels, 0 where either does not vary
};

// REQUIRES: as many values as labels, not none, all finite.
Regression evaluate_regression(std::span<const float> values, std::span<const float> labels,
                               const BootstrapOptions& options = {});

}  // namespace o2v::model
