#include "search/repeat_each.hpp"

#include <gtest/gtest.h>

#include "search/catalog.hpp"
#include "search/study/errors.hpp"
#include "tests/search/spaces.hpp"
#include "tests/search/study/histories.hpp"

namespace o2v::search {
namespace {

using namespace o2v::testing;
using Lines = std::vector<std::string>;

StudySpec grid_of(int repeats) {
    StudySpec spec = spec_of(SearchSpace({{"n", IntDomain{1, 3}, {}}}));
    spec.search.strategy = "grid";
    spec.search.repeats = repeats;
    return spec;
}

Lines all_of(const StudySpec& spec) {
    Study study(spec);
    const auto searcher = make_searcher(spec);
    Lines lines;
    Rng rng;
    while (const auto suggestion = searcher->suggest(study, rng)) {
        lines.push_back(to_text(suggestion->params));
        create(study, suggestion->params);
    }
    return lines;
}

TEST(RepeatEach, TriesEachConfigurationSoOftenInARow) {
    EXPECT_EQ(all_of(grid_of(1)), (Lines{"n=1", "n=2", "n=3"}));
    EXPECT_EQ(all_of(grid_of(3)), (Lines{"n=1", "n=1", "n=1", "n=2", "n=2", "n=2", "n=3", "n=3", "n=3"}));
    StudySpec spec = grid_of(2);
    spec.enqueued = {{{"n", std::int64_t{3}}}};
    EXPECT_EQ(all_of(spec).at(1), "n=3") << "what is enqueued, too";
}

TEST(RepeatEach, SaysWhichRepeatItIs) {
    Study study(grid_of(3));
    create(study, {{"n", std::int64_t{2}}});
    Rng rng;
    const auto suggestion = make_searcher(study.spec())->suggest(study, rng);
    ASSERT_TRUE(suggestion);
    EXPECT_EQ(suggestion->why, "repeat 2 of 3");
}

TEST(RepeatEach, IsNotForStrategiesWhoseTrialsBuildOnEachOther) {
    for (const char* strategy : {"cmaes", "pbt"}) {
        StudySpec spec = spec_of(SearchSpace({{"x", FloatDomain{0, 1}, {}}, {"y", FloatDomain{0, 1}, {}}}));
        spec.fixed = {{"epochs", std::int64_t{4}}};
        spec.search.strategy = strategy;
        spec.search.repeats = 2;
        EXPECT_THROW(make_searcher(spec), InputError) << strategy;
    }
    EXPECT_THROW(make_searcher(grid_of(0)), InputError);
}

}  // namespace
}  // namespace o2v::search
