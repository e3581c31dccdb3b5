// One tree of a random forest for regression (Breiman, "Random Forests", Machine Learning 45, 2001), as the
// boxes that its leaves are.
#pragma once

#include <cstddef>
#include <vector>

#include "search/study/assignment.hpp"

namespace o2v::search {

// One coordinate of a point: a number in [0, 1], or the number of one of so many unordered categories.
struct Axis {
    std::size_t categories = 0;  // 0 = a number
};

struct TreeData {
    std::vector<Axis> axes;
    std::vector<std::vector<double>> columns;  // by axis, then point; a category as 0.0, 1.0, ...
    std::vector<double> targets;               // by point, finite
};

// What a leaf covers of an axis: an interval, or some categories.
struct Side {
    double low = 0, high = 1;
    std::vector<char> holds = {};  // by category; empty for numbers

    // Its share of the axis, categories counting equally.
    double width() const;
};

struct Leaf {
    double value = 0;  // mean target
    std::vector<Side> sides;

    double volume() const;  // product of the widths; those of all leaves sum to 1
};

// A tree on as many points as there are, drawn with replacement; split by the greatest fall of the squared
// error over at least 5/6 of the axes, drawn anew at each node, until the points of a node agree in the
// target or in all axes, or at depth 64. Numbers are split half-way between two neighbours, categories by
// their mean target (Fisher, 1958). REQUIRES: at least one point; columns as long as targets.
std::vector<Leaf> grow_tree(const TreeData& data, Rng& rng);

}  // namespace o2v::search
