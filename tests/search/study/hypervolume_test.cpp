#include "search/study/hypervolume.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "search/study/assignment.hpp"

namespace o2v {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

TEST(Hypervolume, OneDimensionIsALength) {
    EXPECT_EQ(hypervolume({}, {1}), 0);
    EXPECT_EQ(hypervolume({{0.75}, {0.25}, {0.5}}, {1}), 0.75);
}

TEST(Hypervolume, TwoDimensionsByHand) {
    EXPECT_EQ(hypervolume({{1, 3}, {2, 2}, {3, 1}}, {4, 4}), 3 + 2 + 1);
    EXPECT_EQ(hypervolume({{3, 1}, {2, 2}, {1, 3}, {3, 3}, {2, 2}}, {4, 4}), 6) << "dominated and repeated";
    EXPECT_EQ(hypervolume({{-1, -1}}, {1, 1}), 4);
}

TEST(Hypervolume, ThreeAndFourDimensionsByHand) {
    EXPECT_EQ(hypervolume({{1, 1, 1}}, {2, 3, 5}), 1 * 2 * 4);
    // Boxes of 4 and 2 that share 1; three of 2 of which each two share the same 1.
    EXPECT_EQ(hypervolume({{0, 0, 1}, {1, 1, 0}}, {2, 2, 2}), 4 + 2 - 1);
    EXPECT_EQ(hypervolume({{0, 1, 1}, {1, 0, 1}, {1, 1, 0}}, {2, 2, 2}), 3 * 2 - 3 * 1 + 1);
    EXPECT_EQ(hypervolume({{0, 1, 1, 1}, {1, 1, 1, 0}}, {2, 2, 2, 2}), 2 + 2 - 1);
}

TEST(Hypervolume, WhatIsNotBelowTheReferenceAddsNothing) {
    for (const Point& point :
         {Point{1, 0}, Point{0, 1}, Point{2, -9}, Point{kNaN, 0}, Point{0, kNaN}, Point{-kInfinity, 0}})
        EXPECT_EQ(hypervolume({point, {0.5, 0.5}}, {1, 1}), 0.25);
    EXPECT_EQ(hypervolume({{1, 1, 1}}, {1, 2, 2}), 0);
}

// 60 random points of the unit cube and 40,000 places: the share of the places that a point dominates is the
// hypervolume but for a standard deviation of at most 0.0025. Six of them: a false alarm in 10^8 runs.
TEST(Hypervolume, AgreesWithMonteCarlo) {
    Rng rng(1);
    for (std::size_t dimensions = 1; dimensions <= 6; ++dimensions) {
        const auto place = [&] {
            Point point(dimensions);
            for (double& x : point) x = uniform01(rng);
            return point;
        };
        std::vector<Point> points;
        for (int i = 0; i < 60; ++i) points.push_back(place());
        constexpr int kPlaces = 40000;
        int dominated = 0;
        for (int i = 0; i < kPlaces; ++i) {
            const Point at = place();
            for (const Point& point : points) {
                bool below = true;
                for (std::size_t d = 0; d < dimensions; ++d) below = below && point[d] <= at[d];
                if (!below) continue;
                ++dominated;
                break;
            }
        }
        EXPECT_NEAR(hypervolume(points, Point(dimensions, 1)), static_cast<double>(dominated) / kPlaces,
                    0.015)
            << dimensions << " dimensions";
    }
}

}  // namespace
}  // namespace o2v
