#include "search/ped_anova.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <numeric>

#include "tests/search/sampled_study.hpp"
#include "tests/search/spaces.hpp"

namespace o2v::search {
namespace {

using namespace o2v::testing;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

double share_of(const Importances& result, const std::string& parameter) {
    for (const Importance& one : result.shares)
        if (one.parameter == parameter) return one.share;
    ADD_FAILURE() << parameter << " is missing";
    return -1;
}

double sum_of(const Importances& result) {
    return std::accumulate(result.shares.begin(), result.shares.end(), 0.0,
                           [](double sum, const Importance& one) { return sum + one.share; });
}

double at(const Assignment& params, const char* name) {
    return to_number(params.at(name));
}

// Over 200 other seeds the dominant variable's share was 0.92 to 0.999.
TEST(PedAnova, FindsTheDominantVariable) {
    const auto objective = [](const Assignment& p) {
        return std::pow(at(p, "x1") - 3, 2) + 0.01 * at(p, "x0");
    };
    for (const Direction direction : {Direction::minimize, Direction::maximize}) {
        const double sign = direction == Direction::minimize ? 1 : -1;
        const Study study = sampled_study(spec_of(floats_space(4), direction), 300, 1,
                                          [&](const Assignment& p) { return sign * objective(p); });
        const Importances result = ped_anova(study);
        ASSERT_EQ(result.shares.size(), 4U);
        EXPECT_EQ(result.shares.front().parameter, "x1");
        EXPECT_GT(result.shares.front().share, 0.7);
        EXPECT_NEAR(sum_of(result), 1, 1e-12);
        EXPECT_TRUE(std::is_sorted(result.shares.begin(), result.shares.end(),
                                   [](const auto& a, const auto& b) { return a.share > b.share; }));
    }
}

// By hand. 20 trials, the best two are 0 and 1. Parameter a: the two have "p", as have 8 others of 20; so
// p_all = ((10 + 1/2) / 21, (10 + 1/2) / 21), p_top = ((2 + 1/2) / 3, (1/2) / 3), divergence 4/9.
// Parameter b: the two differ, 10 and 10 in all: p_top = p_all, divergence 0.
// Parameter c: "p" the two only; p_all = (5/42, 37/42), p_top = (5/6, 1/6).
TEST(PedAnova, CountsUnorderedValuesWithAUniformPrior) {
    const auto two = texts({"p", "q"});
    Study study(spec_of(SearchSpace({{"a", two, {}}, {"b", two, {}}, {"c", two, {}}})));
    for (int i = 0; i < 20; ++i)
        run_to_end(study, {static_cast<double>(i)},
                   {{"a", i < 10 ? "p" : "q"}, {"b", i % 2 == 0 ? "p" : "q"}, {"c", i < 2 ? "p" : "q"}});
    const double a = 4.0 / 9;
    const double c =
        std::pow(5.0 / 6 - 5.0 / 42, 2) / (5.0 / 42) + std::pow(1.0 / 6 - 37.0 / 42, 2) / (37.0 / 42);
    const Importances result = ped_anova(study);
    EXPECT_NEAR(share_of(result, "a"), a / (a + c), 1e-12);
    EXPECT_NEAR(share_of(result, "b"), 0, 1e-12);
    EXPECT_NEAR(share_of(result, "c"), c / (a + c), 1e-12);
}

// "width" exists under hcnn only and decides nothing; which encoder it is decides all. Restricted to its own
// trials the best of them are no different: what the encoder decides is not counted for its children. Then
// the other way round. 300 trials, seed 2; over 200 other
// seeds the encoder had 0.74 or more at first, and the width 0.86 or more then.
TEST(PedAnova, WhatParentsDecideIsTheirs) {
    const SearchSpace space(
        {{"encoder", texts({"hcnn", "pooled"}), {}}, {"width", FloatDomain{0, 1}, {{"encoder", {"hcnn"}}}}});
    const Importances by_encoder = ped_anova(sampled_study(spec_of(space), 300, 2, [](const Assignment& p) {
        return p.contains("width") ? std::fmod(1e4 * at(p, "width"), 1.0) : 2.0;
    }));
    EXPECT_GT(share_of(by_encoder, "encoder"), 0.6);
    const Importances by_width =
        ped_anova(sampled_study(spec_of(space), 300, 2, [n = 0](const Assignment& p) mutable {
            const double noise = 1e-6 * ++n;
            return p.contains("width") ? at(p, "width") + noise : (n % 10 == 0 ? 0 : 1) + noise;
        }));
    EXPECT_GT(share_of(by_width, "width"), 0.6);
}

TEST(PedAnova, AThousandEqualValuesTellNothing) {
    const Study study = sampled_study(spec_of(mixed_space()), 1000, 3, [](const Assignment&) { return 0.5; });
    const Importances result = ped_anova(study);
    ASSERT_EQ(result.shares.size(), mixed_space().size());
    for (const Importance& one : result.shares) EXPECT_EQ(one.share, 0) << one.parameter;
    EXPECT_EQ(result.remark, "no trial is better than the others");
}

TEST(PedAnova, AConstantHasNoShare) {
    std::vector<Parameter> parameters = one_point().parameters();
    parameters.push_back({"x", FloatDomain{0, 1}, {}});
    const Importances result = ped_anova(sampled_study(spec_of(SearchSpace(parameters)), 50, 4,
                                                       [](const Assignment& p) { return at(p, "x"); }));
    EXPECT_EQ(result.shares.front(), (Importance{"x", 1}));
    for (const char* name : {"f", "i", "c"}) EXPECT_EQ(share_of(result, name), 0);
}

TEST(PedAnova, NeedsTwoCompletedTrialsWithANumber) {
    Study study(spec_of(floats_space(1)));
    const auto params = [](double x) { return Assignment{{"x0", x}}; };
    EXPECT_EQ(ped_anova(study).remark, "two completed trials with a number are needed; there is none");
    run_to_end(study, {1}, params(0));
    run_to_end(study, {kNaN}, params(1));
    run(study, {0.5}, params(2));
    EXPECT_TRUE(ped_anova(study).shares.empty());
    EXPECT_EQ(ped_anova(study).remark, "two completed trials with a number are needed; there is one");
    run_to_end(study, {2}, params(3));
    EXPECT_EQ(ped_anova(study).shares.size(), 1U);
}

// Every trial above 0 fails or gives NaN; below it all values are one. That they fail is what x0 decides.
TEST(PedAnova, FailedTrialsAreWorseThanAnyOther) {
    Study study(spec_of(floats_space(2)));
    Rng rng(5);
    for (int i = 0; i < 100; ++i) {
        const Assignment params = drawn(study.spec().space, rng);
        const bool good = at(params, "x0") < 0;
        const TrialId id = run(study, {good ? 1 : kNaN}, params);
        if (good || i % 2 == 0)
            complete(study, id, good ? 1 : kNaN);
        else
            study.apply(TrialEnded{id, Failure{FailureKind::out_of_memory, ""}});
    }
    const Importances result = ped_anova(study);
    EXPECT_EQ(result.shares.front().parameter, "x0");
    EXPECT_GT(result.shares.front().share, 0.8);
}

TEST(PedAnova, PrunedTrialsStandBehindCompletedOnes) {
    const auto study_with = [](bool pruned) {
        Study study(spec_of(floats_space(2)));
        Rng rng(6);
        for (int i = 0; i < 60; ++i) {
            const Assignment params = drawn(study.spec().space, rng);
            // The pruned ones look better after their one epoch, wherever they are.
            if (i % 2 == 0)
                run_to_end(study, {at(params, "x0")}, params);
            else if (pruned)
                study.apply(TrialEnded{run(study, {-100}, params), Pruned{"", false}});
        }
        return study;
    };
    EXPECT_EQ(ped_anova(study_with(true)).shares.front().parameter, "x0");
    EXPECT_NE(ped_anova(study_with(true)), ped_anova(study_with(false))) << "they count among all trials";
}

TEST(PedAnova, TenThousandTrialsOfEightParametersTakeAMoment) {
    const Study study = sampled_study(spec_of(floats_space(8)), 10000, 7,
                                      [](const Assignment& p) { return at(p, "x0") + 0.5 * at(p, "x1"); });
    const auto begin = std::chrono::steady_clock::now();
    const Importances result = ped_anova(study);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
    EXPECT_EQ(result.shares.front().parameter, "x0");
    RecordProperty("seconds", std::to_string(seconds.count()));
    EXPECT_LT(seconds.count(), 1) << "0.02 s on an idle core";
}

}  // namespace
}  // namespace o2v::search
