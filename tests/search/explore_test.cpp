#include "search/explore.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "tests/search/spaces.hpp"
#include "tests/search/study/histories.hpp"

namespace o2v::search {
namespace {

using namespace o2v::testing;

// How often each value comes of exploring `value` of a domain, out of n.
std::map<ParamValue, int> outcomes(const Domain& domain, const ParamValue& value, int n = 4000) {
    const StudySpec spec = spec_of(SearchSpace({{"x", domain, {}}}));
    Rng rng(4);
    std::map<ParamValue, int> counts;
    for (int i = 0; i < n; ++i) ++counts[explored({{"x", value}}, spec, rng).at("x")];
    return counts;
}

// Seed 4, 4000 draws: each of the two steps has a probability of 3/8 (1500), with a standard deviation of 31;
// six of them are a false alarm in 2e-9.
constexpr double kSteps = 1500, kTolerance = 190;

TEST(Explore, NumbersAreMultipliedByFourOrSixFifths) {
    for (const Scale scale : {Scale::linear, Scale::log}) {
        const auto counts = outcomes(FloatDomain{0.01, 1, scale}, 0.1);
        EXPECT_NEAR(counts.at(0.1 * 0.8), kSteps, kTolerance);
        EXPECT_NEAR(counts.at(0.1 * 1.2), kSteps, kTolerance);
        EXPECT_GT(counts.size(), 900U) << "the others are drawn anew";
    }
    const auto reverse = outcomes(FloatDomain{0, 0.999, Scale::reverse_log}, 0.9);
    EXPECT_NEAR(reverse.at(1 - (1 - 0.9) * 0.8), kSteps, kTolerance);
    EXPECT_NEAR(reverse.at(1 - (1 - 0.9) * 1.2), kSteps, kTolerance);
}

TEST(Explore, NumbersStayInRange) {
    const auto counts = outcomes(FloatDomain{0.5, 1}, 0.55);
    EXPECT_NEAR(counts.at(0.5), kSteps, kTolerance);
    for (const auto& [value, n] : counts) EXPECT_TRUE(contains(FloatDomain{0.5, 1}, value));
}

TEST(Explore, IntegersMoveByOneAtLeast) {
    const auto small = outcomes(IntDomain{1, 100}, std::int64_t{2});
    EXPECT_GE(small.at(std::int64_t{1}), kSteps - kTolerance);
    EXPECT_GE(small.at(std::int64_t{3}), kSteps - kTolerance);
    const auto large = outcomes(IntDomain{1, 100}, std::int64_t{50});
    EXPECT_GE(large.at(std::int64_t{40}), kSteps - kTolerance);
    EXPECT_GE(large.at(std::int64_t{60}), kSteps - kTolerance);
}

TEST(Explore, StepsAreKept) {
    for (const Domain& domain :
         {Domain(IntDomain{3, 18, Scale::linear, 5}), Domain(FloatDomain{-0.5, 1, Scale::linear, 0.1})}) {
        for (const double u : {0.0, 0.3, 0.99}) {
            const auto counts = outcomes(domain, from_unit(domain, u), 200);
            for (const auto& [value, n] : counts) {
                EXPECT_TRUE(contains(domain, value)) << to_text(value);
                EXPECT_LE(to_text(value).size(), 4U) << to_text(value) << ": -0.1 and no longer";
            }
        }
    }
}

// A category is left with 3/4 alone, to which the draws add their third: 3333 of 4000.
TEST(Explore, CategoriesStayAndOrdinalsMoveToANeighbour) {
    const auto category = outcomes(texts({"a", "b", "c"}), "a");
    EXPECT_NEAR(category.at("a"), 3333, kTolerance);
    const auto ordinal = outcomes(OrdinalDomain{{"s", "m", "l"}}, "m");
    EXPECT_LT(ordinal.at("m"), 500) << "only when drawn anew";
    const auto end = outcomes(OrdinalDomain{{"s", "m", "l"}}, "l");
    EXPECT_NEAR(end.at("s"), 333, kTolerance) << "only when drawn anew";
}

TEST(Explore, OnlyWhatIsNamedChangesAndNeverEpochsUnnamed) {
    StudySpec spec = spec_of(SearchSpace({{"rate", FloatDomain{0.1, 1}, {}},
                                          {"width", IntDomain{1, 99}, {}},
                                          {"epochs", IntDomain{1, 99}, {}}}));
    const Assignment params{{"rate", 0.5}, {"width", std::int64_t{50}}, {"epochs", std::int64_t{50}}};
    Rng rng(1);
    std::set<ParamValue> widths, epochs;
    for (int i = 0; i < 50; ++i) {
        widths.insert(explored(params, spec, rng).at("width"));
        epochs.insert(explored(params, spec, rng).at("epochs"));
    }
    EXPECT_GT(widths.size(), 1U);
    EXPECT_EQ(epochs.size(), 1U);
    spec.search.explore = {"rate"};
    for (int i = 0; i < 50; ++i) {
        const Assignment changed = explored(params, spec, rng);
        EXPECT_EQ(changed.at("width"), params.at("width"));
        EXPECT_NE(changed.at("rate"), params.at("rate"));
    }
}

TEST(Explore, ConditionsHoldAndForbiddenCombinationsAreAvoided) {
    const StudySpec spec = spec_of(mixed_space());
    Rng rng(2);
    Assignment params = spec.space.complete({});
    for (int i = 0; i < 500; ++i) {
        params = explored(params, spec, rng);
        ASSERT_TRUE(spec.space.contains(params)) << to_text(params);
    }
    const StudySpec closed =
        spec_of(SearchSpace({{"x", IntDomain{1, 3}, {}}}, {{{"x", {"1"}}}, {{"x", {"3"}}}}));
    for (int i = 0; i < 20; ++i)
        EXPECT_EQ(explored({{"x", std::int64_t{2}}}, closed, rng).at("x"), ParamValue(std::int64_t{2}));
}

}  // namespace
}  // namespace o2v::search
