// The volume that a set of points dominates (Zitzler & Thiele, 1998): the one number for a Pareto front. All
// coordinates are to be minimised.
#pragma once

#include <vector>

namespace o2v {

using Point = std::vector<double>;

// Of the union of the boxes between the points and `reference`, exactly; 0 without points. A point that is
// not finite, or not below the reference in every coordinate, adds nothing. In two dimensions by a sweep, O(n
// log n); in d > 2 by exclusive volumes of slices (While, Bradstreet & Barone, "A Fast Way of Calculating
// Exact Hypervolumes", IEEE TEC 2012), whose time grows exponentially with d in the worst case. REQUIRES: the
// reference is finite and has at least one coordinate, the points as many.
double hypervolume(std::vector<Point> points, const Point& reference);

}  // namespace o2v
