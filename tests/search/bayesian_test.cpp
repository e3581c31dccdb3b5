#include "search/bayesian.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "search/catalog.hpp"
#include "search/problems/problems.hpp"
#include "search/random.hpp"
#include "tests/search/playing.hpp"
#include "tests/search/spaces.hpp"

namespace o2v::search {
namespace {

using namespace o2v::testing;
using ::testing::HasSubstr;
using ::testing::StartsWith;

StudySpec bayesian(SearchSpace space, std::uint64_t seed = 0) {
    StudySpec spec = spec_of(std::move(space));
    spec.search.strategy = "bayesian";
    spec.search.seed = seed;
    return spec;
}

// The suggestion's reason after n random trials in a space that has a float x0.
std::string why_after(int n, const SearchSpace& space, std::uint64_t seed = 0) {
    const StudySpec spec = bayesian(space, seed);
    Study study(spec);
    for (int i = 0; i < n; ++i) {
        const Assignment params = ask(RandomSearcher(), study)->params;
        run_to_end(study, {to_number(params.at("x0"))}, params);
    }
    return ask(*make_searcher(spec), study)->why;
}

std::string why_after(int n, std::size_t parameters, std::uint64_t seed = 0) {
    return why_after(n, floats_space(parameters), seed);
}

TEST(Bayesian, SaysWhichAndWhy) {
    EXPECT_EQ(why_after(0, 2), "gp: the middle of the space (most frugal up to 300 trials)");
    EXPECT_EQ(why_after(10, 2),
              "gp: expected improvement after 10 observations (most frugal up to 300 trials)");
}

// Of 60 suggestions of the 25th trial one in six: fewer than 3 or more than 19 with probability 0.002. Before
// the 20th trial none.
TEST(Bayesian, AsksTpeOnceInSixByLotWhereNotAllAreNumbers) {
    std::vector<Parameter> parameters = floats_space(2).parameters();
    parameters.push_back({"kind", CategoricalDomain{{std::string("a"), std::string("b")}}, {}});
    const SearchSpace mixed(parameters);
    int tpe = 0;
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
        EXPECT_THAT(why_after(19, mixed, seed), StartsWith("gp: "));
        EXPECT_THAT(why_after(24, 2, seed), StartsWith("gp: ")) << "of numbers alone";
        const std::string why = why_after(24, mixed, seed);
        if (why == "tpe on 24 trials (one in 6 for variety)")
            ++tpe;
        else
            EXPECT_THAT(why, StartsWith("gp: "));
    }
    EXPECT_GE(tpe, 3);
    EXPECT_LE(tpe, 19);
}

TEST(Bayesian, LeavesLargeSpacesAndLongStudiesToTpe) {
    EXPECT_THAT(why_after(0, 50), StartsWith("gp: "));
    EXPECT_THAT(why_after(0, 51), HasSubstr("tpe (51 parameters are too many for a Gaussian process)"));
    EXPECT_THAT(why_after(15, 51), StartsWith("tpe on 15 trials (51 parameters"));
    EXPECT_EQ(why_after(301, 1), "tpe on 301 trials (301 trials are too many for a Gaussian process)");
}

TEST(Bayesian, EndsWhenASpaceIsExhausted) {
    const StudySpec spec = bayesian(eight_assignments());
    Study study(spec);
    const auto searcher = make_searcher(spec);
    for (int i = 0; i < 8; ++i) {
        const auto suggestion = ask(*searcher, study);
        ASSERT_TRUE(suggestion);
        run_to_end(study, {0.1 * i}, suggestion->params);
    }
    EXPECT_EQ(ask(*searcher, study), std::nullopt);
}

// 10 seeds. Were it no better than random search, it would be ahead in 9 or more of 10 with probability
// 11/1024 = 0.011 (sign test); the seeds are fixed, so the test always has the same outcome.
TEST(Bayesian, IsBetterThanRandomOnBraninIn20Trials) {
    const problems::ProblemInfo& branin = *problems::find_problem("branin");
    int ahead = 0;
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
        const StudySpec spec = bayesian(branin.space, seed);
        const auto best = [&](const Searcher& searcher) {
            Study study(spec);
            for (int i = 0; i < 20; ++i) {
                const Assignment params = ask(searcher, study)->params;
                run_to_end(study, {problems::evaluate("branin", params)}, params);
            }
            return *study.best()->value(spec.goal);
        };
        ahead += best(*make_searcher(spec)) < best(RandomSearcher());
    }
    EXPECT_GE(ahead, 9);
}

}  // namespace
}  // namespace o2v::search
