// When two trainings of a trial are equal, and how a difference is told.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "orchestrator/reproduce.hpp"

namespace o2v::orchestrator {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

Measurement at(std::int64_t epoch, Metrics metrics) {
    return {epoch, std::move(metrics), std::chrono::milliseconds(epoch + 7), 1, 1};
}

TEST(Reproduction, EqualMeansTheSameBitsAndNothingElseCounts) {
    Measurement slow = at(0, {{"a", 0.1}, {"b", kNan}});
    slow.elapsed = std::chrono::hours(1);
    EXPECT_THAT(compare({at(0, {{"a", 0.1}, {"b", kNan}})}, {slow}, 0), IsEmpty());
    const double next = std::nextafter(0.1, 1);
    EXPECT_THAT(compare({at(0, {{"a", 0.1}})}, {at(0, {{"a", next}})}, 0),
                ElementsAre(Discrepancy{0, "a", 0.1, next}));
    EXPECT_EQ(compare({at(0, {{"a", 0.0}})}, {at(0, {{"a", -0.0}})}, 0).size(), 1U);
    EXPECT_EQ(compare({at(0, {{"a", 0.0}})}, {at(0, {{"a", kNan}})}, 0).size(), 1U);
}

TEST(Reproduction, WhatOnlyOneOfThemReportedIsADifference) {
    EXPECT_THAT(compare({at(0, {{"a", 1}}), at(1, {{"a", 2}})}, {at(0, {{"a", 1}, {"b", 3}})}, 0),
                ElementsAre(Discrepancy{0, "b", std::nullopt, 3}, Discrepancy{1, "a", 2, std::nullopt}));
    EXPECT_THAT(compare({at(0, {{"a", 1}}), at(1, {{"a", 2}})}, {at(1, {{"a", 2}})}, 1), IsEmpty())
        << "what a fork has from its parent is not trained again";
}

TEST(Reproduction, IsToldInOneLineWhenEqual) {
    Reproduction r;
    r.trial = 3;
    r.epochs = 5;
    EXPECT_EQ(to_text(r),
              "trial 3: equal: every metric of 5 epochs; there is no kept model to compare weights with\n");
    r.weights_recorded = r.weights_again = "00ff";
    EXPECT_EQ(to_text(r), "trial 3: equal: every metric of 5 epochs, and the weights (XXH3-128 00ff)\n");
}

TEST(Reproduction, ShowsEachDifferenceInFullAndWhatHasChanged) {
    Reproduction r;
    r.trial = 3;
    r.epochs = 1;
    r.metrics = {{0, "validation:loss", 0.1, 0.30000000000000004}, {std::nullopt, "m", 1, std::nullopt}};
    EXPECT_THAT(to_text(r), HasSubstr("nothing on record explains it"));
    r.changes = {"version boost: \"1\" then, \"2\" now"};
    r.weights_recorded = "a";
    r.weights_again = "b";
    EXPECT_EQ(to_text(r),
              "trial 3: different\n"
              "  epoch  metric                         recorded                   again\n"
              "      0  validation:loss                     0.1     0.30000000000000004\n"
              "   kept  m                                     1                       -\n"
              "the weights differ: XXH3-128 a recorded, b again\n"
              "what is not as it was then:\n"
              "  version boost: \"1\" then, \"2\" now\n");
    const nlohmann::json json = to_json(r);
    EXPECT_FALSE(json.at("equal"));
    EXPECT_EQ(json.at("metrics").at(0).at("again"), 0.30000000000000004);
    EXPECT_TRUE(json.at("metrics").at(1).at("epoch").is_null());
}

TEST(Reproduction, AnotherEndingOrOtherWeightsAreADifference) {
    Reproduction r;
    EXPECT_TRUE(r.equal());
    r.ending = "it completed then, and diverged now";
    EXPECT_FALSE(r.equal());
    r.ending.clear();
    r.weights_recorded = "a";
    r.weights_again = "b";
    EXPECT_FALSE(r.equal());
}

}  // namespace
}  // namespace o2v::orchestrator
