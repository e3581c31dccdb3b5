#include "search/regression_tree.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

namespace o2v::search {
namespace {

double volume_of(const std::vector<Leaf>& leaves) {
    return std::accumulate(leaves.begin(), leaves.end(), 0.0,
                           [](double sum, const Leaf& leaf) { return sum + leaf.volume(); });
}

bool covers(const Leaf& leaf, const TreeData& data, std::size_t point) {
    for (std::size_t axis = 0; axis < data.axes.size(); ++axis) {
        const Side& side = leaf.sides[axis];
        const double x = data.columns[axis][point];
        if (side.holds.empty() ? x < side.low || x > side.high : !side.holds[static_cast<std::size_t>(x)])
            return false;
    }
    return true;
}

TEST(RegressionTree, LeavesTileTheSpaceAndHoldTheDrawnPoints) {
    Rng rng(1);
    TreeData data;
    data.axes = {{0}, {5}, {0}};
    data.columns.resize(3);
    for (int i = 0; i < 200; ++i) {
        data.columns[0].push_back(uniform01(rng));
        data.columns[1].push_back(static_cast<double>(uniform_index(rng, 5)));
        data.columns[2].push_back(0.5);  // a constant
        data.targets.push_back(uniform01(rng));
    }
    const std::vector<Leaf> leaves = grow_tree(data, rng);
    EXPECT_NEAR(volume_of(leaves), 1, 1e-12);
    // Each point lies in one leaf. About 1 - 1/e of the points are drawn, and those are alone in theirs: 126
    // of 200, deviation 5; six deviations.
    std::size_t exact = 0;
    for (std::size_t i = 0; i < data.targets.size(); ++i) {
        std::size_t homes = 0;
        for (const Leaf& leaf : leaves) {
            if (!covers(leaf, data, i)) continue;
            ++homes;
            exact += leaf.value == data.targets[i];
        }
        EXPECT_EQ(homes, 1U);
    }
    EXPECT_NEAR(static_cast<double>(exact), 126, 30);
    EXPECT_EQ(leaves.size(), exact);
    for (const Leaf& leaf : leaves) EXPECT_EQ(leaf.sides[2].width(), 1) << "a constant divides nothing";
}

TEST(RegressionTree, EqualTargetsAreOneLeaf) {
    Rng rng(2);
    const TreeData data{{{0}}, {{0.1, 0.2, 0.3}}, {0.1, 0.1, 0.1}};
    const std::vector<Leaf> leaves = grow_tree(data, rng);
    ASSERT_EQ(leaves.size(), 1U);
    EXPECT_EQ(leaves.front().value, 0.1);
}

TEST(RegressionTree, PointsThatAgreeInAllAxesShareTheirMean) {
    Rng rng(3);
    const TreeData data{{{0}}, {std::vector<double>(1000, 0.5)}, [] {
                            std::vector<double> targets(1000, 0);
                            std::fill(targets.begin(), targets.begin() + 500, 1.0);
                            return targets;
                        }()};
    const std::vector<Leaf> leaves = grow_tree(data, rng);
    ASSERT_EQ(leaves.size(), 1U);
    EXPECT_NEAR(leaves.front().value, 0.5, 0.1) << "six deviations of a thousand draws";
}

TEST(RegressionTree, NoAxesAreOneLeaf) {
    Rng rng(4);
    const std::vector<Leaf> leaves = grow_tree({{}, {}, {1, 2}}, rng);
    ASSERT_EQ(leaves.size(), 1U);
    EXPECT_EQ(leaves.front().volume(), 1);
}

// Neither axis alone tells anything; the two together tell all. A first split that gains nothing must not be
// the last.
TEST(RegressionTree, FindsWhatOnlyTwoAxesTellTogether) {
    Rng rng(5);
    TreeData data;
    data.axes = {{2}, {2}};
    data.columns.resize(2);
    for (int i = 0; i < 400; ++i) {
        data.columns[0].push_back(i % 2);
        data.columns[1].push_back(i / 2 % 2);
        data.targets.push_back(i % 2 == i / 2 % 2 ? 1 : 0);
    }
    const std::vector<Leaf> leaves = grow_tree(data, rng);
    EXPECT_EQ(leaves.size(), 4U);
    for (const Leaf& leaf : leaves) EXPECT_TRUE(leaf.value == 0 || leaf.value == 1);
}

}  // namespace
}  // namespace o2v::search
