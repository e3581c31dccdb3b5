#include "model/evaluation/regression.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "model/evaluation/bootstrap.hpp"

namespace o2v::model {
namespace {

TEST(Regression, FiguresByHand) {
    const std::vector<float> values = {1, 2, 3, 4}, labels = {2, 1, 4, 7};
    const Regression got = evaluate_regression(values, labels, {300, 2});
    EXPECT_DOUBLE_EQ(got.mean_squared_error.value, (1 + 1 + 1 + 9) / 4.0);
    EXPECT_DOUBLE_EQ(got.root_mean_squared_error.value, std::sqrt(3.0));
    EXPECT_DOUBLE_EQ(got.mean_absolute_error.value, 1.5);
    // Deviations -1.5 -0.5 0.5 1.5 and -1.5 -2.5 0.5 3.5: 9 / sqrt(5 * 21).
    EXPECT_NEAR(got.pearson.value, 9 / std::sqrt(105.0), 1e-12);
    EXPECT_DOUBLE_EQ(got.mean_squared_error.low, 1)
        << "a resample without the last row, 1 in 3, errs by 1 each";
    EXPECT_NEAR(got.root_mean_squared_error.high, std::sqrt(got.mean_squared_error.high), 0.2);
}

TEST(Regression, WithoutVariationThereIsNoCorrelation) {
    const std::vector<float> values = {3.3f, 3.3f, 3.3f}, labels = {1, 2, 4};
    EXPECT_EQ(evaluate_regression(values, labels).pearson.value, 0);
}

TEST(Resamples, DrawAsManyRowsAsThereAre) {
    Resamples odd(7, {50, 1});
    int resamples = 0;
    odd.each([&](std::span<const std::uint16_t> counts) {
        ++resamples;
        int drawn = 0;
        for (const std::uint16_t count : counts) drawn += count;
        EXPECT_EQ(drawn, 7);
    });
    EXPECT_EQ(resamples, 50);
}

// A row is left out of a resample with chance (1 - 1/n)^n, 0.368 of 20,000: five standard deviations are
// 0.011.
TEST(Resamples, LeaveOutAThirdOfTheRows) {
    Resamples(20000, {1, 9}).each([](std::span<const std::uint16_t> counts) {
        const auto without = std::count(counts.begin(), counts.end(), std::uint16_t{0});
        EXPECT_NEAR(static_cast<double>(without) / 20000, std::exp(-1.0), 0.011);
    });
}

TEST(Spread, PercentilesAndTheirMirrorImage) {
    Spread spread, same;
    for (int i = 0; i <= 1000; ++i) {
        spread.add(1000 - i);
        same.add(i);
    }
    const Estimate plain = spread.percentile(400);
    EXPECT_DOUBLE_EQ(plain.low, 25);
    EXPECT_DOUBLE_EQ(plain.high, 975);
    const Estimate mirrored = same.mirrored(600);
    EXPECT_DOUBLE_EQ(mirrored.low, 225);
    EXPECT_DOUBLE_EQ(mirrored.high, 1175);
    Spread none;
    EXPECT_DOUBLE_EQ(none.percentile(3).high, 3);
}

}  // namespace
}  // namespace o2v::model
