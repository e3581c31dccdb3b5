#include "worker/metric_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "search/study/errors.hpp"

namespace o2v::worker {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

const std::vector<protocol::MetricDefinition> kDefinitions{
    {"loss", "val_loss=(\\S+)"}, {"accuracy", "acc: ([0-9.]+)"}, {"epoch", "^epoch (\\S+)"}};

std::string refusal(const std::vector<protocol::MetricDefinition>& definitions, const std::string& line) {
    try {
        MetricReader(definitions, "loss").read(line);
    } catch (const InputError& e) {
        return e.what();
    }
    return "";
}

TEST(NumberFrom, TakesWhatProgramsPrint) {
    EXPECT_EQ(number_from("0.25"), 0.25);
    EXPECT_EQ(number_from("+3"), 3.0);
    EXPECT_EQ(number_from("-1e-3"), -1e-3);
    EXPECT_EQ(number_from(".5"), 0.5);
    EXPECT_EQ(number_from("5."), 5.0);
    EXPECT_EQ(number_from("1E5"), 1e5);
    EXPECT_EQ(number_from("inf"), kInfinity);
    EXPECT_EQ(number_from("-Infinity"), -kInfinity);
    EXPECT_TRUE(std::isnan(number_from("NaN").value()));
    EXPECT_EQ(number_from("1e999"), kInfinity);
    EXPECT_EQ(number_from("-1e999"), -kInfinity);
    EXPECT_EQ(number_from("1e-999"), 0.0);
    EXPECT_EQ(number_from("1" + std::string(400, '0') + ".5"), kInfinity);
    EXPECT_EQ(number_from("0." + std::string(400, '0') + "1"), 0.0);
}

TEST(NumberFrom, RefusesTheRest) {
    for (const char* text :
         {"", "+", "-", "abc", "0.25,", "1 2", "0x10", "+-1", "nan(1)", "1e", "--1", "1,5"})
        EXPECT_EQ(number_from(text), std::nullopt) << text;
}

TEST(MetricReader, ALineOfTheObjectivesMetricEndsAnEpoch) {
    MetricReader reader(kDefinitions, "loss");
    EXPECT_FALSE(reader.read("starting"));
    const auto first = reader.read("step 1 val_loss=0.5");
    ASSERT_TRUE(first);
    EXPECT_EQ(first->metrics, (Metrics{{"loss", 0.5}}));
    EXPECT_EQ(first->told, std::nullopt);
    EXPECT_EQ(reader.read("val_loss=0.25")->metrics, (Metrics{{"loss", 0.25}}));
}

TEST(MetricReader, OtherMetricsJoinTheEpochThatTheyPrecedeOrStandIn) {
    MetricReader reader(kDefinitions, "loss");
    EXPECT_FALSE(reader.read("acc: 0.1"));
    EXPECT_FALSE(reader.read("acc: 0.2"));
    EXPECT_EQ(reader.read("val_loss=3")->metrics, (Metrics{{"loss", 3}, {"accuracy", 0.2}}));
    EXPECT_EQ(reader.read("val_loss=2 acc: 0.7")->metrics, (Metrics{{"loss", 2}, {"accuracy", 0.7}}));
    EXPECT_EQ(reader.read("val_loss=1")->metrics, (Metrics{{"loss", 1}}));
    EXPECT_FALSE(reader.read("at last acc: 0.9"));
    EXPECT_EQ(reader.latest(), (Metrics{{"loss", 1}, {"accuracy", 0.9}}));
}

TEST(MetricReader, TheEpochIsToldAndNoMetric) {
    MetricReader reader(kDefinitions, "loss");
    EXPECT_FALSE(reader.read("epoch 7"));
    const auto seventh = reader.read("val_loss=1");
    EXPECT_EQ(seventh->told, 7);
    EXPECT_EQ(seventh->metrics, (Metrics{{"loss", 1}}));
    EXPECT_EQ(reader.read("val_loss=1")->told, std::nullopt) << "each epoch is told anew";
    EXPECT_EQ(reader.read("epoch 9.0 val_loss=1")->told, 9);
    EXPECT_EQ(reader.latest().count("epoch"), 0U);
}

TEST(MetricReader, NotANumberIsAValueButOtherTextIsAnErrorWithLineAndExpression) {
    MetricReader reader(kDefinitions, "loss");
    EXPECT_TRUE(std::isnan(reader.read("val_loss=nan")->metrics.at("loss")));
    EXPECT_THAT(refusal(kDefinitions, "a val_loss=abc b"),
                AllOf(HasSubstr("metric loss = val_loss=(\\S+)"), HasSubstr("\"a val_loss=abc b\""),
                      HasSubstr("\"abc\" is no number")));
    EXPECT_THAT(refusal(kDefinitions, "epoch 1.5"), HasSubstr("no whole number in the line \"epoch 1.5\""));
    EXPECT_THAT(refusal(kDefinitions, "epoch nan"), HasSubstr("no whole number"));
    EXPECT_THAT(refusal({{"loss", "(x"}}, ""), HasSubstr("metric loss = (x"));
}

TEST(MetricReader, AnExpressionThatIsTooCostlyForALineIsNamed) {
    EXPECT_THAT(refusal({{"loss", "^(?:a+a+)+(b)$"}}, std::string(5000, 'a') + "c"),
                AllOf(HasSubstr("metric loss"), HasSubstr("cannot be searched for")));
}

TEST(MetricReader, AGroupThatTookNoPartIsNoMatch) {
    MetricReader reader({{"loss", "x|loss=(\\S+)"}}, "loss");
    EXPECT_FALSE(reader.read("x"));
    EXPECT_TRUE(reader.read("loss=1"));
}

TEST(EpochCount, CountsFromZero) {
    EpochCount count;
    EXPECT_EQ(count.take(std::nullopt), 0);
    EXPECT_EQ(count.take(std::nullopt), 1);
    EXPECT_EQ(count.take(7), 2) << "the first one told is the next one";
    EXPECT_EQ(count.take(8), 3);
}

TEST(EpochCount, WhatIsToldCountsFromTheFirstOne) {
    EpochCount count;
    EXPECT_EQ(count.take(1), 0);
    EXPECT_EQ(count.take(2), 1);
    EXPECT_EQ(count.take(std::nullopt), 2);
    EXPECT_EQ(count.take(2), 1) << "repeated";
    EXPECT_EQ(count.take(std::nullopt), 2);
    EXPECT_EQ(count.take(9), 3) << "no gap";
    EXPECT_EQ(count.take(10), 4);
    EXPECT_EQ(count.take(-3), 0);
}

}  // namespace
}  // namespace o2v::worker
