#include "search/grid.hpp"

#include <gtest/gtest.h>

#include "search/study/errors.hpp"
#include "tests/search/spaces.hpp"
#include "tests/search/study/histories.hpp"

namespace o2v::search {
namespace {

using namespace o2v::testing;
using Lines = std::vector<std::string>;

Lines rest_of(Study& study, int points) {
    const GridSearcher searcher(points, study.spec().space);
    Lines lines;
    Rng rng;
    while (const auto suggestion = searcher.suggest(study, rng)) {
        lines.push_back(to_text(suggestion->params));
        create(study, suggestion->params);
    }
    return lines;
}

Lines grid(const SearchSpace& space, int points) {
    Study study(spec_of(space));
    return rest_of(study, points);
}

TEST(Grid, WalksTheLastParameterFastest) {
    EXPECT_EQ(grid(SearchSpace({{"a", texts({"p", "q"}), {}}, {"b", IntDomain{1, 3}, {}}}), 5),
              (Lines{"a=p, b=1", "a=p, b=2", "a=p, b=3", "a=q, b=1", "a=q, b=2", "a=q, b=3"}));
}

TEST(Grid, PlacesNumbersEvenlyByScaleBothEndsIncluded) {
    EXPECT_EQ(grid(SearchSpace({{"x", FloatDomain{0, 1}, {}}}), 5),
              (Lines{"x=0", "x=0.25", "x=0.5", "x=0.75", "x=1"}));
    EXPECT_EQ(grid(SearchSpace({{"n", IntDomain{1, 1000, Scale::log}, {}}}), 4),
              (Lines{"n=1", "n=10", "n=100", "n=1000"}));
    EXPECT_EQ(grid(SearchSpace({{"n", IntDomain{0, 10}, {}}}), 5),
              (Lines{"n=0", "n=3", "n=5", "n=8", "n=10"}));
    EXPECT_EQ(grid(SearchSpace({{"n", IntDomain{1, 6, Scale::log}, {}}}), 5),
              (Lines{"n=1", "n=2", "n=4", "n=6"}));
    EXPECT_EQ(grid(SearchSpace({{"x", FloatDomain{0, 1}, {}}}), 1), (Lines{"x=0.5"}));
    EXPECT_EQ(grid(SearchSpace({{"x", FloatDomain{2, 2}, {}}}), 5), (Lines{"x=2"}));
    const Lines log = grid(SearchSpace({{"x", FloatDomain{1e-4, 1, Scale::log}, {}}}), 3);
    ASSERT_EQ(log.size(), 3U);
    EXPECT_EQ(log.front(), "x=1e-04");
    EXPECT_NEAR(std::stod(log[1].substr(2)), 0.01, 1e-15);
    EXPECT_EQ(log.back(), "x=1");
}

TEST(Grid, InactiveParametersAddNoCombinations) {
    EXPECT_EQ(grid(eight_assignments(), 3),
              (Lines{"a=x, b=1, c=0", "a=x, b=1, c=1", "a=x, b=2, c=0", "a=x, b=2, c=1", "a=x, b=3, c=0",
                     "a=x, b=3, c=1", "a=y, c=0", "a=y, c=1"}));
}

TEST(Grid, AConditionMayNameAValueOffTheGrid) {
    const SearchSpace space({{"n", IntDomain{1, 9}, {}}, {"m", IntDomain{0, 1}, {{"n", {"2", "5"}}}}});
    EXPECT_EQ(grid(space, 3), (Lines{"n=1", "m=0, n=5", "m=1, n=5", "n=9"}));
}

TEST(Grid, GoesOnAfterTheLatestTrialAndRoundToWhatWasLeftOut) {
    Study study(spec_of(SearchSpace({{"n", IntDomain{0, 4}, {}}})));
    create(study, {{"n", std::int64_t{4}}});
    create(study, {{"n", std::int64_t{2}}});
    create(study, {{"off the grid", 0.1}});
    EXPECT_EQ(rest_of(study, 5), (Lines{"n=3", "n=0", "n=1"}));
}

TEST(Grid, AnswersAtOnceOnAGridTooLargeToCount) {
    Study study(spec_of(floats_space(30)));
    const GridSearcher searcher(5, study.spec().space);
    Rng rng;
    for (int i = 0; i < 100; ++i) create(study, searcher.suggest(study, rng)->params);
    EXPECT_EQ(study.trials()[7].params.at("x28"), ParamValue(-1.25));
    EXPECT_EQ(study.trials()[7].params.at("x29"), ParamValue(2.5));
}

TEST(Grid, NeedsAPoint) {
    try {
        GridSearcher(0, SearchSpace());
        FAIL() << "not refused";
    } catch (const InputError& e) {
        EXPECT_STREQ(e.what(), "/search/grid_points = 0: must be at least 1");
    }
}

}  // namespace
}  // namespace o2v::search
