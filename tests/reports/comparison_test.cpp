#include "reports/comparison.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "search/study/errors.hpp"
#include "tests/bench_result.hpp"

namespace o2v::reports {
namespace {

using Json = nlohmann::ordered_json;
using testing::HasSubstr;
using testing::Not;

BenchResult result(const BenchValues& seconds, const Json& changes = Json::object(),
                   const std::string& source = "b.json") {
    return read_result(bench_result(seconds, changes), source);
}

Comparison beside(const BenchResult& first, const BenchResult& other,
                  const std::set<std::string>& allowed = {}) {
    return compare({first, other}, allowed);
}

const Ratio& ratio_of(const Comparison& comparison, const std::string& measure) {
    for (const ComparedSeries& row : comparison.others.front().rows)
        if (row.first.measure == measure) return row.ratio;
    throw std::out_of_range(measure);
}

// Another draw of the same distribution.
BenchValues again() {
    return {1.011, 0.992, 0.999, 1.017, 0.987, 1.006, 1.001, 0.994};
}

TEST(Comparison, NoDifferenceIsSaidWhereTheIntervalCoversOne) {
    const Comparison same = beside(result(repeats_of(1)), result(again()));
    const Ratio& ratio = ratio_of(same, "train_seconds");
    EXPECT_TRUE(ratio.interval->contains(1));
    EXPECT_EQ(ratio.verdict, "no difference seen");
    EXPECT_EQ(same.others.front().overall.at("training").verdict, "no difference seen");
    EXPECT_EQ(ratio_of(same, "metric:validation:accuracy").verdict, "the same");
}

TEST(Comparison, ATenthMoreIsSeenInTimesAndRates) {
    const Comparison slower = beside(result(repeats_of(1)), result(repeats_of(1.1)));
    const Ratio& time = ratio_of(slower, "train_seconds");
    EXPECT_NEAR(time.value, 1.1, 1e-9);
    EXPECT_GT(time.interval->low, 1.05);
    EXPECT_EQ(time.verdict, "10.0 % slower");
    const Ratio& rate = ratio_of(slower, "train_pairs_per_second");
    EXPECT_NEAR(rate.value, 1 / 1.1, 1e-3);
    EXPECT_NEAR(rate.harm, 1.1, 1e-3);
    EXPECT_THAT(rate.verdict, HasSubstr("slower"));
    EXPECT_LT(rate.harm_interval->low, rate.harm_interval->high);
    EXPECT_EQ(ratio_of(beside(result(repeats_of(1.1)), result(repeats_of(1))), "train_seconds").verdict,
              "9.1 % faster");
}

TEST(Comparison, OfTooFewRepeatsNothingIsClaimed) {
    const Comparison comparison = beside(result({1.0}), result({1.5}));
    EXPECT_FALSE(ratio_of(comparison, "train_seconds").interval.has_value());
    EXPECT_EQ(ratio_of(comparison, "train_seconds").verdict, "too few repeats to tell");
    EXPECT_TRUE(broken(comparison, {{"slower", 1.1}}).empty());
}

// Results whose one measure has these values.
BenchResult with_values(const std::string& measure, const std::vector<double>& values) {
    BenchResult changed = result(repeats_of(1));
    for (Series& series : changed.series)
        if (series.measure == measure) series.values = values;
    return changed;
}

TEST(Comparison, NoRatioIsClaimedOfWhatStandsBesideZero) {
    for (const std::vector<double>& zeros :
         {std::vector<double>{0, 0, 0}, std::vector<double>{0, 0, 1}, std::vector<double>{0, 1, 1, 1}}) {
        const Comparison comparison =
            beside(with_values("train_seconds", zeros), with_values("train_seconds", {0, 0, 2, 2, 2}));
        const Ratio& ratio = ratio_of(comparison, "train_seconds");
        EXPECT_EQ(ratio.verdict, "not to be compared");
        EXPECT_FALSE(ratio.interval.has_value());
        for (const auto format : {ComparisonFormat::text, ComparisonFormat::html})
            EXPECT_THAT(to_text(comparison, format), Not(HasSubstr("nan to")));
    }
}

TEST(Comparison, AMetricIsHigherOrLowerAndNeitherWorseNorBetter) {
    const char* metric = "metric:validation:accuracy";
    const auto verdict = [&](double from, double to) {
        const Comparison comparison =
            beside(with_values(metric, {from, from * 1.001}), with_values(metric, {to, to * 1.001}));
        EXPECT_THAT(to_text(comparison, ComparisonFormat::html), Not(HasSubstr("class=\"word worse\"")));
        EXPECT_THAT(to_text(comparison, ComparisonFormat::html), Not(HasSubstr("class=\"word better\"")));
        EXPECT_EQ(broken(comparison, {{metric, 1.2}}).size(), 1U);
        EXPECT_TRUE(broken(comparison, {{metric, 3}}).empty());
        EXPECT_TRUE(broken(comparison, {{"slower", 1.0}}).empty());
        return ratio_of(comparison, metric).verdict;
    };
    EXPECT_EQ(verdict(0.8, 0.4), "50.0 % lower");
    EXPECT_EQ(verdict(0.4, 0.8), "100.0 % higher");
    EXPECT_EQ(verdict(-2, -4), "100.0 % lower");
}

TEST(Comparison, WhatDoesNotCompareIsRefusedAndNamed) {
    const BenchResult first = result(repeats_of(1));
    const std::pair<const char*, Json> cases[] = {
        {"data", {{"data", {{"train", {{"xxh3", "bb"}}}}}}},
        {"config", {{"configurations", {{"hcnn", {{"fixed", {{"epochs", 4}}}}}}}}},
        {"config", {{"settings", {{"target", 0.9}}}}},
        {"seeds", {{"settings", {{"seeds", {2}}}}}},
        {"machine", {{"machine", {{"cpu", "Another CPU"}}}}},
        {"machine", {{"confinement", {{"cores", 2}}}}},
        {"machine", {{"machine", {{"memory_bytes", 34359738368}}}}}};
    for (const auto& [aspect, changes] : cases) {
        const BenchResult other = result(repeats_of(1), changes);
        EXPECT_TRUE(beside(first, other).refused()) << aspect << changes;
        EXPECT_EQ(beside(first, other).others.front().differences.front().aspect, aspect);
        EXPECT_FALSE(beside(first, other, {aspect}).refused()) << aspect;
    }
    EXPECT_THAT(beside(first, result(repeats_of(1), cases[1].second)).others.front().differences.front().text,
                HasSubstr("/configurations/hcnn/fixed/epochs: 3, here 4"));
}

TEST(Comparison, OtherCodeIsToldAndAHostIsNoMachine) {
    const BenchResult first = result(repeats_of(1));
    const Comparison code = beside(
        first, result(repeats_of(1),
                      {{"code", {{"commit", "fedcba0987654321"}, {"programs", {{"o2v-worker", "ee"}}}}}}));
    EXPECT_FALSE(code.refused());
    EXPECT_EQ(code.others.front().differences.front().aspect, "code");
    EXPECT_EQ(code.others.front().differences.front().text, "commit 1234567890ab, here fedcba098765");
    EXPECT_TRUE(beside(first, result(repeats_of(1), {{"machine", {{"host", "other"}}}}))
                    .others.front()
                    .differences.empty());
    const Comparison half = beside(first, result(repeats_of(1), {{"complete", false}}));
    EXPECT_EQ(half.others.front().differences.front().aspect, "incomplete");
}

Json priced(const char* name, double price) {
    return {
        {"currency", "USD"},
        {"instance",
         {{"name", name},
          {"vcpu", 4},
          {"memory_gib", 16},
          {"price", {{"per_hour", price}, {"as_of", "2026-08-17"}, {"secondary", true}, {"source", "s"}}}}}};
}

TEST(Comparison, InstancesMayBeOtherMachinesAndAreSetAgainstTheirPrice) {
    Json other = priced("ml.g5.xlarge", 1.408);
    other["machine"] = {{"cpu", "Another CPU"}};
    const Comparison comparison =
        beside(result(repeats_of(1), priced("ml.m5.xlarge", 0.23)), result(repeats_of(0.5), other));
    EXPECT_FALSE(comparison.refused());
    const Json json = Json::parse(to_text(comparison, ComparisonFormat::json));
    ASSERT_EQ(json.at("cost").size(), 2U);
    EXPECT_NEAR(json.at("cost")[0].at("price_per_million").get<double>(), 1e6 / 24000 * 0.23 / 3600, 1e-5);
    EXPECT_THAT(to_text(comparison, ComparisonFormat::text), HasSubstr("secondary source"));
    const std::string page = to_text(comparison, ComparisonFormat::html);
    EXPECT_THAT(page, HasSubstr("<svg"));
    EXPECT_THAT(page, HasSubstr("ml.g5.xlarge"));
    EXPECT_THAT(page, Not(HasSubstr("nan")));
    EXPECT_THAT(page, Not(HasSubstr("://")));  // it needs nothing from elsewhere
}

TEST(Comparison, ANoisyMachineAndASlowerOneAreWarnedOf) {
    const Json noisy{{"reference", {{"cpu_seconds", {{"values", {0.1, 0.13, 0.09, 0.12}}}}}}};
    const Comparison comparison = beside(result(repeats_of(1)), result(repeats_of(1), noisy));
    EXPECT_THAT(comparison.others.front().warnings.front(), HasSubstr("b.json: the machine was noisy"));
    const Json slow{{"reference", {{"cpu_seconds", {{"values", {0.12, 0.1205, 0.1195, 0.12}}}}}}};
    const Comparison other = beside(result(repeats_of(1)), result(repeats_of(1.2), slow));
    EXPECT_THAT(other.others.front().warnings.front(), HasSubstr("the machine itself was 20.0 % slower"));
}

TEST(Comparison, AGateFailsOnlyWhenTheWholeIntervalIsBeyondIt) {
    const Comparison slower = beside(result(repeats_of(1)), result(repeats_of(1.1)));
    EXPECT_EQ(broken(slower, {{"slower", 1.05}}).size(), 2U);  // the time and the rate
    EXPECT_TRUE(broken(slower, {{"slower", 1.10}}).empty());   // it may as well be 9 %
    EXPECT_TRUE(broken(slower, {{"memory", 1.0}}).empty());
    EXPECT_EQ(broken(slower, {{"train_seconds", 1.05}}).size(), 1U);
    EXPECT_THAT(broken(slower, {{"train_seconds", 1.05}}).front(),
                HasSubstr("train_seconds of hcnn is worse"));
    EXPECT_THROW(broken(slower, {{"train_second", 1.05}}), InputError);
    EXPECT_TRUE(broken(beside(result(repeats_of(1.1)), result(repeats_of(1))), {{"slower", 1.0}}).empty());
}

TEST(Comparison, GatesAreReadStrictly) {
    EXPECT_EQ(parse_gate("slower=1.10").what, "slower");
    EXPECT_EQ(parse_gate("slower=1.10").limit, 1.10);
    for (const char* wrong : {"slower", "=1.1", "slower=", "slower=0.9", "slower=1.1x", "slower=nan",
                              "slower=-2", "slower=10 %", "slower=1e9"})
        EXPECT_THROW(parse_gate(wrong), InputError) << wrong;
}

TEST(Comparison, DamagedResultsAreRefusedNamingTheFile) {
    const auto error = [](const Json& json) {
        try {
            read_result(json, "x.json");
        } catch (const InputError& e) {
            return std::string(e.what());
        }
        return std::string("no error");
    };
    EXPECT_THAT(error(Json::array()), HasSubstr("x.json: is no result of o2v-tune bench"));
    EXPECT_THAT(error({{"format", "o2v-bench/99"}}), HasSubstr("is no result"));
    EXPECT_THAT(error({{"format", 3}}), HasSubstr("is no result"));
    Json torn = bench_result(repeats_of(1));
    torn.erase("machine");
    EXPECT_THAT(error(torn), HasSubstr("x.json: is a damaged result"));
    torn = bench_result(repeats_of(1), {{"series", {1, 2}}});
    EXPECT_THAT(error(torn), HasSubstr("is a damaged result"));
    for (const Json& values : {Json("abc"), Json{1, "2"}, Json{{"1", 1}}}) {
        torn = bench_result(repeats_of(1));
        torn["series"][0]["values"] = values;
        EXPECT_THAT(error(torn), HasSubstr("is a damaged result")) << values;
    }
}

TEST(Comparison, NamesAreHarmlessInHtml) {
    const Json evil{{"name", "<script>alert(1)</script>"}};
    const BenchResult named = read_result(bench_result(repeats_of(1), evil), "<img src=x>.json");
    BenchResult other = named;
    for (BenchResult* one : {&other})
        for (Series& series : one->series) series.configuration = "hcnn";
    BenchResult first = named;
    for (BenchResult* one : {&first, &other})
        for (Series& series : one->series) series.configuration = "<b onload='x'>";
    const std::string page = to_text(compare({first, other}, {}), ComparisonFormat::html);
    EXPECT_THAT(page, Not(HasSubstr("<script>")));
    EXPECT_THAT(page, Not(HasSubstr("<img")));
    EXPECT_THAT(page, Not(HasSubstr("<b ")));
    EXPECT_THAT(page, HasSubstr("&lt;script&gt;"));
    other.series.front().configuration = "caf\xe9";  // no UTF-8
    EXPECT_THAT(to_text(compare({first, other}, {}), ComparisonFormat::html), HasSubstr("caf\xEF\xBF\xBD"));
}

TEST(Comparison, WhatOnlyOneHasIsNamed) {
    BenchResult other = result(repeats_of(1));
    other.series.pop_back();
    const Comparison comparison = beside(result(repeats_of(1)), other);
    EXPECT_EQ(comparison.others.front().missing,
              std::vector<std::string>{"hcnn: metric:validation:accuracy"});
}

TEST(Comparison, SeveralRunsAreTakenAsOne) {
    const BenchResult all =
        pooled({result({1.0, 1.1}, Json::object(), "a.json"), result({1.2}, Json::object(), "c.json")});
    EXPECT_EQ(all.source, "a.json, c.json");
    EXPECT_EQ(all.repeats, 16);
    EXPECT_EQ(all.series.front().values, (std::vector<double>{1.0, 1.1, 1.2}));
    EXPECT_EQ(all.reference_cpu.size(), 8U);
    EXPECT_THROW(pooled({result({1.0}), result({1.0}, {{"code", {{"programs", {{"o2v-worker", "ee"}}}}}})}),
                 InputError);
    EXPECT_THROW(pooled({result({1.0}), result({1.0}, {{"data", {{"train", {{"xxh3", "bb"}}}}}})}),
                 InputError);
}

TEST(Comparison, TextIsATable) {
    const std::string text =
        to_text(beside(result(repeats_of(1), Json::object(), "a.json"), result(repeats_of(1.1))),
                ComparisonFormat::text);
    EXPECT_THAT(text, HasSubstr("A  a.json, 2026-08-17T10:00:00Z, commit 1234567890ab, 8 repeats, noise: "
                                "processor 0.4 %, memory 0.4 %"));
    EXPECT_THAT(text, HasSubstr("configuration  measure"));
    EXPECT_THAT(text, HasSubstr("10.0 % slower"));
    EXPECT_THAT(text, HasSubstr("training in all: 1.100 times the first's"));
    const std::string markdown =
        to_text(beside(result(repeats_of(1)), result(repeats_of(1.1))), ComparisonFormat::markdown);
    EXPECT_THAT(markdown, HasSubstr("## B beside A"));
    EXPECT_THAT(markdown, HasSubstr("| hcnn"));
    EXPECT_THAT(result_text(result(repeats_of(1))), HasSubstr("24,000 pairs/s"));
}

}  // namespace
}  // namespace o2v::reports
