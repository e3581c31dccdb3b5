#include "search/output_warp.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "search/study/assignment.hpp"

namespace o2v::search {
namespace {

using ::testing::Each;
using ::testing::IsEmpty;
constexpr double kInfinity = std::numeric_limits<double>::infinity();
using Values = std::vector<double>;

void expect_standardized(const Values& v) {
    double sum = 0, squares = 0;
    for (const double x : v) {
        ASSERT_TRUE(std::isfinite(x));
        sum += x;
        squares += x * x;
    }
    EXPECT_NEAR(sum / static_cast<double>(v.size()), 0, 1e-9);
    EXPECT_NEAR(squares / static_cast<double>(v.size()), 1, 1e-9);
}

// Strictly: no two different losses become one.
void expect_same_order(const Values& losses, const Values& warped) {
    ASSERT_EQ(losses.size(), warped.size());
    for (std::size_t i = 0; i < losses.size(); ++i)
        for (std::size_t k = 0; k < losses.size(); ++k)
            EXPECT_EQ(losses[i] < losses[k], warped[i] < warped[k]) << losses[i] << " and " << losses[k];
}

TEST(OutputWarp, KeepsTheOrderAndStandardizes) {
    Rng rng(1);
    for (int n = 2; n < 40; ++n) {
        Values losses;
        for (int i = 0; i < n; ++i) losses.push_back(std::exp(8 * uniform01(rng)) - 20);
        losses.push_back(losses.front());
        const Values warped = warp_losses(losses);
        expect_same_order(losses, warped);
        expect_standardized(warped);
        EXPECT_EQ(warped.front(), warped.back());
    }
}

TEST(OutputWarp, ABadLossIsPulledInSoThatTheGoodOnesStayApart) {
    for (const double bad : {1e3, 1e6, 1e13, 1e30, 1e200, 1e308, kInfinity}) {
        SCOPED_TRACE(bad);
        const Values losses{0.1, 0.2, 0.3, 0.4, 0.5, bad};
        const Values warped = warp_losses(losses);
        expect_same_order(losses, warped);
        expect_standardized(warped);
        EXPECT_GT(warped[1] - warped[0], 0.2);
        EXPECT_LT(warped[5] - warped[4], 2);
    }
}

TEST(OutputWarp, NanIsALittleWorseThanTheWorst) {
    const Values warped = warp_losses(Values{3, std::nan(""), 1, 2, std::nan("")});
    EXPECT_LT(warped[2], warped[3]);
    EXPECT_LT(warped[3], warped[0]);
    EXPECT_LT(warped[0], warped[1]);
    EXPECT_EQ(warped[1], warped[4]);
    expect_standardized(warped);
}

TEST(OutputWarp, InfiniteLossesStandBesideTheFiniteOnes) {
    const Values losses{kInfinity, 1, 2, -kInfinity, 3};
    const Values warped = warp_losses(losses);
    expect_same_order(losses, warped);
    expect_standardized(warped);
    const Values one = warp_losses(Values{7, std::nan("")});
    EXPECT_LT(one[0], one[1]);
    EXPECT_LT(warp_losses(Values{-kInfinity, 7})[0], 0);
}

TEST(OutputWarp, NothingToTellApartIsZero) {
    EXPECT_THAT(warp_losses({}), IsEmpty());
    for (const Values& losses :
         {Values{4}, Values{4, 4, 4}, Values{0, 0}, Values{1e308, 1e308}, Values{-1e-320},
          Values{std::nan("")}, Values{std::nan(""), kInfinity}, Values{-kInfinity, kInfinity}}) {
        const Values warped = warp_losses(losses);
        EXPECT_EQ(warped.size(), losses.size());
        EXPECT_THAT(warped, Each(0.0));
    }
}

TEST(OutputWarp, TheLargestAndTheLeastNumbersDoNotOverflow) {
    for (const Values& losses :
         {Values{-1.7e308, 1.7e308, 0}, Values{1e308, 1.1e308, 1.2e308, 1.3e308, 1.7e308},
          Values{-1e308, -1.1e308, 5}, Values{1e-300, 2e-300, 3e-300, 1e-299}}) {
        const Values warped = warp_losses(losses);
        expect_same_order(losses, warped);
        expect_standardized(warped);
    }
}

// A change of unit or of origin changes nothing (to the rounding of the inputs).
TEST(OutputWarp, DoesNotDependOnTheUnit) {
    const Values losses{0.3, 0.9, 0.1, 4, 0.2, 0.7, 0.35};
    Values other;
    for (const double x : losses) other.push_back(1e6 * x - 5e5);
    const Values a = warp_losses(losses), b = warp_losses(other);
    for (std::size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], 1e-6);
}

}  // namespace
}  // namespace o2v::search
