#include "search/study/hypervolume.hpp"

#include <algorithm>
#include <cmath>

namespace o2v {
namespace {

bool adds(const Point& point, const Point& reference, std::size_t dimensions) {
    for (std::size_t i = 0; i < dimensions; ++i)
        if (!std::isfinite(point[i]) || !(point[i] < reference[i])) return false;
    return true;
}

bool dominates_or_equals(const Point& a, const Point& b, std::size_t dimensions) {
    for (std::size_t i = 0; i < dimensions; ++i)
        if (a[i] > b[i]) return false;
    return true;
}

double box(const Point& point, const Point& reference, std::size_t dimensions) {
    double volume = 1;
    for (std::size_t i = 0; i < dimensions; ++i) volume *= reference[i] - point[i];
    return volume;
}

// The corners of the overlaps of the point's box with the others', the dominated ones left out.
std::vector<Point> overlaps(const Point& point, const std::vector<Point>& others, std::size_t first,
                            std::size_t dimensions) {
    std::vector<Point> corners;
    for (std::size_t k = first; k < others.size(); ++k) {
        Point corner(dimensions);
        for (std::size_t i = 0; i < dimensions; ++i) corner[i] = std::max(point[i], others[k][i]);
        const auto covers = [&](const Point& other) {
            return dominates_or_equals(other, corner, dimensions);
        };
        if (std::any_of(corners.begin(), corners.end(), covers)) continue;
        std::erase_if(corners,
                      [&](const Point& other) { return dominates_or_equals(corner, other, dimensions); });
        corners.push_back(std::move(corner));
    }
    return corners;
}

double area(std::vector<Point> points, const Point& reference) {
    std::sort(points.begin(), points.end());
    double sum = 0, height = reference[1];
    for (const Point& point : points) {
        if (!(point[1] < height)) continue;
        sum += (reference[0] - point[0]) * (height - point[1]);
        height = point[1];
    }
    return sum;
}

// In the first `dimensions` coordinates. REQUIRES: all points are below the reference there.
double volume(std::vector<Point> points, const Point& reference, std::size_t dimensions) {
    if (points.empty()) return 0;
    if (dimensions == 1) {
        const auto lowest = std::min_element(points.begin(), points.end());
        return reference[0] - (*lowest)[0];
    }
    if (dimensions == 2) return area(std::move(points), reference);
    // From the worst in the last coordinate on. What a point shares with a later one is as high as itself, so
    // that its exclusive volume is its height times one of a dimension less.
    const std::size_t last = dimensions - 1;
    std::stable_sort(points.begin(), points.end(),
                     [&](const Point& a, const Point& b) { return a[last] > b[last]; });
    double sum = 0;
    for (std::size_t k = 0; k < points.size(); ++k)
        sum += (reference[last] - points[k][last]) *
               (box(points[k], reference, last) -
                volume(overlaps(points[k], points, k + 1, last), reference, last));
    return sum;
}

}  // namespace

double hypervolume(std::vector<Point> points, const Point& reference) {
    const std::size_t dimensions = reference.size();
    std::erase_if(points, [&](const Point& point) { return !adds(point, reference, dimensions); });
    return volume(std::move(points), reference, dimensions);
}

}  // namespace o2v
