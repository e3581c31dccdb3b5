#include "search/bench/statistics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "search/bench/order_statistics.hpp"
#include "search/study/assignment.hpp"

namespace o2v::bench_search {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

std::vector<double> numbers(std::size_t n, double first = 1) {
    std::vector<double> values(n);
    std::iota(values.begin(), values.end(), first);
    return values;
}

TEST(Median, IsTheMiddle) {
    EXPECT_EQ(median({3}), 3);
    EXPECT_EQ(median({3, 1, 2}), 2);
    EXPECT_EQ(median({4, 1, 2, 3}), 2.5);
    EXPECT_EQ(median({kInfinity, 1, kInfinity}), kInfinity);
    EXPECT_EQ(median({kInfinity, kInfinity}), kInfinity);
}

// The values are their own ranks. Ranks by Python's whole numbers: the least k with
// 2 C(N-k, n) <= C(N, n).
TEST(BestOfAll, HasTheMedianOfTheHypergeometricDistribution) {
    EXPECT_EQ(median_best_of_all(numbers(5), 1), 3);
    EXPECT_EQ(median_best_of_all(numbers(5), 2), 2);
    EXPECT_EQ(median_best_of_all(numbers(10), 3), 2);
    EXPECT_EQ(median_best_of_all(numbers(10), 9), 1);
    EXPECT_EQ(median_best_of_all(numbers(10), 10), 1);
    EXPECT_EQ(median_best_of_all(numbers(10), 11), 1);
    EXPECT_EQ(median_best_of_all(numbers(1000), 25), 28);
    EXPECT_EQ(median_best_of_all(numbers(1000), 100), 7);
    EXPECT_EQ(median_best_of_all(numbers(62208), 50), 857);
    EXPECT_EQ(median_best_of_all(numbers(62208), 100), 430);
    EXPECT_EQ(median_best_of_all(numbers(62208), 500), 86);
}

// The best of n uniform numbers has the median 1 - 2^(-1/n).
TEST(BestOfSample, HasTheMedianOfTheBestOfIndependentDraws) {
    std::vector<double> uniform(100'001);
    for (std::size_t i = 0; i < uniform.size(); ++i) uniform[i] = static_cast<double>(i) / 100'000;
    EXPECT_NEAR(median_best_of_sample(uniform, 1), 0.5, 1e-12);
    EXPECT_NEAR(median_best_of_sample(uniform, 2), 0.29289321881345254, 1e-12);
    EXPECT_NEAR(median_best_of_sample(uniform, 100), 0.0069075045629643, 1e-12);
    EXPECT_EQ(median_best_of_sample(numbers(1), 100), 1);
}

// Shares of all choices, counted in Python: 2 of 20, 31 of 126 (with ties), 58 of 462.
TEST(RankSum, IsExactForFewValues) {
    const auto p = [](const std::vector<double>& a, const std::vector<double>& b) {
        return rank_sum_p(a, b);
    };
    EXPECT_DOUBLE_EQ(p({1, 2, 3}, {4, 5, 6}), 2.0 / 20);
    EXPECT_DOUBLE_EQ(p({4, 5, 6}, {1, 2, 3}), 2.0 / 20);
    EXPECT_DOUBLE_EQ(p({1, 2, 2, 5}, {2, 3, 4, 4, 9}), 31.0 / 126);
    EXPECT_DOUBLE_EQ(p({1.1, 2.2, 3.3, 4.4, 7.5}, {3.1, 5.2, 6.3, 7.4, 8.5, 9.6}), 58.0 / 462);
    EXPECT_DOUBLE_EQ(p(numbers(10), numbers(10, 20)), 2.0 / 184756);
    EXPECT_DOUBLE_EQ(p({1, 2, kInfinity}, {3, kInfinity, kInfinity}), p({1, 2, 5}, {3, 5, 5}));
    EXPECT_DOUBLE_EQ(p({7, 7, 7}, {7, 7}), 1);
    EXPECT_DOUBLE_EQ(p({}, {1}), 1);
}

// By Python's math.erfc: rank sums 3055 and (with ties, sum of t^3 - t = 3876) 3288, mean 3630.
TEST(RankSum, IsNormalForMany) {
    EXPECT_NEAR(rank_sum_p(numbers(60, 0), numbers(60, 10.5)), 0.0025668879435241797, 1e-14);
    std::vector<double> a, b;
    for (int i = 0; i < 60; ++i) {
        a.push_back(i / 3);
        b.push_back(i / 3 + 2);
    }
    EXPECT_NEAR(rank_sum_p(a, b), 0.0727455318517046, 1e-14);
    EXPECT_EQ(rank_sum_p(std::vector<double>(60, 1), std::vector<double>(60, 1)), 1);
}

// At 100 values the test changes its method and must not change its mind.
TEST(RankSum, AgreesAcrossItsTwoMethods) {
    const double exact = rank_sum_p(numbers(50, 0), numbers(50, 11.5));
    const double normal = rank_sum_p(numbers(51, 0), numbers(51, 11.5));
    EXPECT_NEAR(exact, normal, 0.002);
    EXPECT_GT(exact, 0.005);
}

// Two samples of one distribution, 4,000 times (seeds 1 and 2). Of 10 and 10 values p <= 0.05 in 4.33 % of
// all choices (counted in Python), of 60 and 60 in nearly 5 %; four standard errors are 1.3 and 1.4 points,
// so that this test alarms falsely once in 16,000 seeds.
TEST(RankSum, AlarmsFalselyAsOftenAsItSays) {
    const auto rate = [](std::size_t n, std::uint64_t seed) {
        Rng rng(seed);
        int alarms = 0;
        std::vector<double> a(n), b(n);
        for (int i = 0; i < 4000; ++i) {
            for (double& x : a) x = uniform01(rng);
            for (double& x : b) x = uniform01(rng);
            alarms += rank_sum_p(a, b) <= 0.05;
        }
        return alarms / 4000.0;
    };
    EXPECT_NEAR(rate(10, 1), 0.0433, 0.013);
    EXPECT_NEAR(rate(60, 2), 0.05, 0.014);
}

// A shift by one standard deviation of a uniform distribution is seen in most of 500 samples of 20 (seed 3);
// the power is about 0.85, five standard errors are 8 points.
TEST(RankSum, SeesADifference) {
    Rng rng(3);
    int seen = 0;
    std::vector<double> a(20), b(20);
    for (int i = 0; i < 500; ++i) {
        for (double& x : a) x = uniform01(rng);
        for (double& x : b) x = uniform01(rng) + 0.29;
        seen += rank_sum_p(a, b) <= 0.05;
    }
    EXPECT_GT(seen, 350);
}

}  // namespace
}  // namespace o2v::bench_search
