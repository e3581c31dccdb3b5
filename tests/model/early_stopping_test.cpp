// The stopping epochs of the published training logs, from their validation losses (spec 7.1 and 7.2).
#include "model/early_stopping.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace o2v::model {
namespace {

// The epoch after which the training ends; -1 when it does not.
int stopping_epoch(std::int64_t patience, double tolerance, const std::vector<double>& losses) {
    EarlyStopping rule(patience, tolerance);
    for (std::size_t epoch = 0; epoch < losses.size(); ++epoch) {
        if (rule.add(losses[epoch])) return static_cast<int>(epoch);
    }
    return -1;
}

TEST(EarlyStopping, MovieLensRegressionStopsAtEpoch8) {
    EXPECT_EQ(stopping_epoch(3, 0.01, {.9799, .9860, .9592, .9522, .9336, .9319, .9312, .9281, .9195}), 8);
}

TEST(EarlyStopping, MovieLensClassificationStopsAtEpoch6) {
    EXPECT_EQ(stopping_epoch(3, 0.01, {.5789, .5715, .5886, .7267, .8845, 1.0221, 1.0855}), 6);
}

TEST(EarlyStopping, Wikipedia2021StopsAtEpoch6) {
    EXPECT_EQ(stopping_epoch(2, 0.01, {.2085, .1976, .2025, .1813, .1969, .1930, .1977}), 6);
}

TEST(EarlyStopping, Wikipedia2019StopsAtEpoch5) {
    EXPECT_EQ(stopping_epoch(2, 0.01, {.2271, .1995, .1787, .1879, .1925, .1823}), 5);
}

TEST(EarlyStopping, AnImprovementOfExactlyTheToleranceIsBad) {
    EarlyStopping rule(1, 0.25);
    rule.add(1.0);
    rule.add(0.75);
    EXPECT_EQ(rule.bad_epochs(), 1);
    rule.add(0.49);
    EXPECT_EQ(rule.bad_epochs(), 0);
}

TEST(EarlyStopping, PatienceZeroNeverStops) {
    EXPECT_EQ(stopping_epoch(0, 0.01, std::vector<double>(50, 1.0)), -1);
}

}  // namespace
}  // namespace o2v::model
