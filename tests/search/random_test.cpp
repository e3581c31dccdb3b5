#include "search/random.hpp"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cmath>

#include "tests/search/spaces.hpp"
#include "tests/search/study/histories.hpp"

namespace o2v::search {
namespace {

using namespace o2v::testing;

// Seed 8. 20,000 draws into 8 bins each: chi-square with 7 degrees of freedom above 35.3 has probability
// 1e-5; three are looked at.
TEST(RandomSearcher, IsUniformOnEachScale) {
    const Study study(spec_of(SearchSpace({{"linear", FloatDomain{-2, 6}, {}},
                                           {"log", FloatDomain{1e-4, 1e4, Scale::log}, {}},
                                           {"category", IntDomain{0, 7}, {}}})));
    std::array<std::array<int, 8>, 3> counts{};
    Rng rng(8);
    for (int i = 0; i < 20'000; ++i) {
        const auto suggestion = RandomSearcher().suggest(study, rng);
        ASSERT_TRUE(suggestion);
        const double linear = to_number(suggestion->params.at("linear")) + 2;
        const double log = std::log10(to_number(suggestion->params.at("log"))) + 4;
        const double category = to_number(suggestion->params.at("category"));
        counts[0].at(static_cast<std::size_t>(linear))++;
        counts[1].at(static_cast<std::size_t>(std::min(log, 7.9)))++;
        counts[2].at(static_cast<std::size_t>(category))++;
    }
    for (const auto& bins : counts) {
        double chi_square = 0;
        for (const int count : bins) chi_square += (count - 2500.0) * (count - 2500.0) / 2500.0;
        EXPECT_LT(chi_square, 35.3);
    }
}

// One category in a thousand opens a float: what is left must be found when all the others have been tried.
TEST(RandomSearcher, FindsTheOnlyBranchThatIsLeft) {
    std::vector<std::string> names;
    for (int i = 0; i < 1000; ++i) names.push_back(std::to_string(i));
    Study study(spec_of(SearchSpace({{"a", texts(names), {}}, {"x", FloatDomain{0, 1}, {{"a", {"500"}}}}})));
    for (const std::string& name : names)
        if (name != "500") create(study, {{"a", name}});
    Rng rng(1);
    for (int i = 0; i < 10; ++i) {
        const auto suggestion = RandomSearcher().suggest(study, rng);
        ASSERT_TRUE(suggestion);
        EXPECT_EQ(suggestion->params.at("a"), ParamValue("500"));
        create(study, suggestion->params);
    }
}

// 32 draws miss what is allowed with probability 0.73; all of 10,000, in none of 40 suggestions.
TEST(RandomSearcher, FindsTheHundredthOfASpaceThatIsAllowed) {
    const Parameter x{"x", FloatDomain{0, 1}, {}}, n{"n", IntDomain{0, kMaxIntegers - 1}, {}};
    for (const std::vector<Parameter>& parameters : {std::vector{x}, std::vector{x, n}}) {
        Study study(spec_of(SearchSpace(parameters, {{Condition{"x", {}, std::nullopt, 0.99}}})));
        Rng rng(1);
        for (int i = 0; i < 20; ++i) {
            const auto suggestion = RandomSearcher().suggest(study, rng);
            ASSERT_TRUE(suggestion);
            EXPECT_TRUE(study.spec().space.contains(suggestion->params));
            create(study, suggestion->params);
        }
    }
}

TEST(RandomSearcher, AStepThatAPersonWroteIsNotTriedAgain) {
    Study study(spec_of(SearchSpace({{"x", FloatDomain{0, 0.8, Scale::linear, 0.1}, {}}})));
    create(study, {{"x", 0.3}});
    Rng rng(1);
    while (const auto suggestion = RandomSearcher().suggest(study, rng)) create(study, suggestion->params);
    EXPECT_EQ(study.trials().size(), 9U);
}

TEST(RandomSearcher, AFloatTooNarrowForAnotherValueIsExhausted) {
    Study study(spec_of(SearchSpace({{"x", FloatDomain{1, std::nextafter(1.0, 2.0)}, {}}})));
    Rng rng(1);
    int trials = 0;
    while (const auto suggestion = RandomSearcher().suggest(study, rng)) {
        create(study, suggestion->params);
        ASSERT_LE(++trials, 2);
    }
    EXPECT_GE(trials, 1);
}

// The last of 20,000 assignments costs a walk over all, so on the whole it is n log n; the limit only tells
// that from n squared (many minutes).
TEST(RandomSearcher, ExhaustsTwentyThousandAssignmentsInNoTime) {
    Study study(spec_of(SearchSpace({{"i", IntDomain{1, 200}, {}}, {"j", IntDomain{1, 100}, {}}})));
    const auto begin = std::chrono::steady_clock::now();
    Rng rng(4);
    while (const auto suggestion = RandomSearcher().suggest(study, rng)) create(study, suggestion->params);
    EXPECT_EQ(study.trials().size(), 20'000U);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(60));
}

}  // namespace
}  // namespace o2v::search
