// Many dimensions seen from where they differ most: the first two principal components.
#pragma once

#include <array>
#include <vector>

#include "model/neighbors/rows.hpp"

namespace o2v::model {

struct Projection {
    std::vector<std::array<float, 2>> points;  // of each row, around the mean
    std::array<double, 2> explained = {0, 0};  // share of the variance along each axis
};

// Axes from at most 10,000 of the rows, by subspace iteration with Ritz values (Saad, Numerical Methods for
// Large Eigenvalue Problems, chapter 5). Each axis points where its largest coordinate is positive: the same
// rows give the same picture. Without variance all points are 0.
Projection principal_axes(Rows rows);

}  // namespace o2v::model
