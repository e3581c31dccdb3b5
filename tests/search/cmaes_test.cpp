#include "search/cmaes.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>

#include "search/catalog.hpp"
#include "search/cma_distribution.hpp"
#include "search/problems/problems.hpp"
#include "search/random.hpp"
#include "search/study/errors.hpp"
#include "tests/search/playing.hpp"
#include "tests/search/spaces.hpp"

namespace o2v::search {
namespace {

using namespace o2v::testing;

// sum of stretch^(i/(n-1)) (x_i - 1)^2, with the axes turned against each other by neighbouring sums.
Objective ellipsoid(std::size_t n, double stretch) {
    return [=](const Assignment& params) {
        double sum = 0, before = 0;
        for (std::size_t i = 0; i < n; ++i) {
            const double x = to_number(params.at("x" + std::to_string(i))) - 1;
            sum += std::pow(stretch, static_cast<double>(i) / static_cast<double>(n - 1)) * (x + before / 2) *
                   (x + before / 2);
            before = x;
        }
        return sum;
    };
}

// Fixed seed. Without the covariance matrix a condition of 10^6 would take some 10^6 trials.
TEST(Cmaes, AdaptsToAnIllConditionedTurnedEllipsoid) {
    Study study(spec_of(floats_space(5)));
    play(study, CmaesSearcher(study.spec()), 3000, ellipsoid(5, 1e6));
    EXPECT_LT(*study.best()->value(study.spec().goal), 1e-6);
}

// 20 seeds a problem. A strategy no better than random search would be ahead in 17 or more of 20 with
// probability 0.0013; the seeds are fixed, so the test always has the same outcome.
TEST(Cmaes, IsBetterThanRandomOnEveryProblem) {
    for (const problems::ProblemInfo& problem : problems::problems()) {
        int ahead = 0;
        for (std::uint64_t seed = 0; seed < 20; ++seed) {
            StudySpec spec = spec_of(problem.space);
            spec.search.seed = seed;
            const auto value = [&](const Assignment& params) {
                return problems::evaluate(problem.name, params);
            };
            Study study(spec), random(spec);
            play(study, CmaesSearcher(spec), 200, value);
            play(random, RandomSearcher(), 200, value);
            ahead += *study.best()->value(spec.goal) < *random.best()->value(spec.goal);
        }
        EXPECT_GE(ahead, 17) << problem.name;
    }
}

// Fixed seed: 8 integers and categories, 10^8 assignments.
TEST(Cmaes, TheMarginKeepsIntegersMoving) {
    std::vector<Parameter> parameters;
    for (int i = 0; i < 8; ++i) parameters.push_back({"x" + std::to_string(i), IntDomain{0, 9}, {}});
    Study study(spec_of(SearchSpace(parameters)));
    play(study, CmaesSearcher(study.spec()), 600, [](const Assignment& params) {
        double sum = 0;
        for (const auto& [name, value] : params) sum += std::pow(to_number(value) - 7, 2);
        return sum;
    });
    EXPECT_EQ(*study.best()->value(study.spec().goal), 0);
}

double upper_tail(double z) {
    return std::erfc(z / std::sqrt(2.0)) / 2;
}

// However often the same values win, those beside them keep their probability.
TEST(CmaDistribution, KeepsTheMarginOfHamanoEtAl) {
    const std::vector<Domain> domains{FloatDomain{0, 1}, IntDomain{0, 9}, texts({"a", "b"})};
    CmaDistribution distribution(domains, {0.5, 0.55, 0.25}, 8);
    const double margin = 1.0 / (3 * 8);
    for (int generation = 0; generation < 200; ++generation) {
        const std::vector<CmaDistribution::Member> winners(
            4, {{distribution.mean()[0], 0.55, 0.1}, {true, true, true}});
        distribution.update(winners);
        const double spread = distribution.deviation(1);
        EXPECT_GE(upper_tail((distribution.mean()[1] - 0.5) / spread), margin / 2 * (1 - 1e-6));
        EXPECT_GE(upper_tail((0.6 - distribution.mean()[1]) / spread), margin / 2 * (1 - 1e-6));
        EXPECT_GE(upper_tail((0.5 - distribution.mean()[2]) / distribution.deviation(2)),
                  margin * (1 - 1e-6));
    }
    EXPECT_LT(distribution.deviation(0), 1e-3) << "a float has no margin";
}

TEST(CmaDistribution, InactiveDimensionsKeepTheirMean) {
    CmaDistribution distribution({FloatDomain{0, 1}, FloatDomain{0, 1}}, {0.5, 0.5}, 6);
    distribution.update(std::vector<CmaDistribution::Member>(3, {{0.6, 0.6}, {true, false}}));
    EXPECT_GT(distribution.mean()[0], 0.55);
    EXPECT_EQ(distribution.mean()[1], 0.5);
}

TEST(CmaDistribution, DoesNothingWithoutMembersAndBoundsTheirPull) {
    CmaDistribution distribution({FloatDomain{0, 1}, FloatDomain{0, 1}}, {0.5, 0.5}, 6);
    const CmaDistribution before = distribution;
    distribution.update({});
    EXPECT_EQ(distribution.mean(), before.mean());
    EXPECT_EQ(distribution.deviation(0), before.deviation(0));
    for (int i = 0; i < 30; ++i)
        distribution.update(std::vector<CmaDistribution::Member>(3, {{1, 0}, {true, true}}));
    for (int i = 0; i < 2; ++i) EXPECT_LE(distribution.deviation(static_cast<std::size_t>(i)), 1);
    Rng rng(1);
    for (int i = 0; i < 100; ++i)
        for (const double x : distribution.draw(rng)) {
            EXPECT_GE(x, 0);
            EXPECT_LE(x, 1);
        }
}

// The population of 5 dimensions is 8. Two orders of ending within it, and a cache filled or empty.
TEST(Cmaes, DoesNotDependOnTheOrderOfEndingAndGoesOnWhileTrialsRun) {
    Study forward(spec_of(floats_space(5))), backward(spec_of(floats_space(5)));
    const CmaesSearcher searcher(forward.spec());
    const auto value = ellipsoid(5, 10);
    for (int generation = 0; generation < 3; ++generation) {
        const auto first = std::ssize(forward.trials());
        for (int i = 0; i < 8; ++i) {
            const Assignment params = ask(searcher, forward)->params;
            run(forward, {1}, params);
            run(backward, {1}, params);
        }
        for (TrialId i = 0; i < 8; ++i) {
            complete(forward, first + i, value(forward.trial(first + i).params));
            complete(backward, first + 7 - i, value(forward.trial(first + 7 - i).params));
            ask(searcher, forward);
        }
    }
    EXPECT_EQ(ask(searcher, forward), ask(CmaesSearcher(backward.spec()), backward));
    EXPECT_EQ(ask(searcher, backward), ask(searcher, forward));
}

// A paused trial has had its generation; that it went on changes what its generation was.
TEST(Cmaes, APausedTrialThatGoesOnIsTakenAsItIsNow) {
    Study study(spec_of(floats_space(5)));
    const CmaesSearcher searcher(study.spec());
    for (int i = 0; i < 12; ++i)
        study.apply(Paused{run(study, {static_cast<double>(i)}, ask(searcher, study)->params), ""});
    const auto before = ask(searcher, study);
    EXPECT_EQ(before, ask(CmaesSearcher(study.spec()), study));
    start(study, 7);
    study.apply(Reported{7, 2, measured(1, -5)});
    study.apply(Paused{7, ""});
    EXPECT_NE(ask(searcher, study), before);
    EXPECT_EQ(ask(searcher, study), ask(CmaesSearcher(study.spec()), study));
}

double mean_of_first(const StudySpec& spec) {
    Study study(spec);
    const CmaesSearcher searcher(spec);
    double sum = 0;
    for (int i = 0; i < 200; ++i) {
        const Assignment params = ask(searcher, study)->params;
        create(study, params);
        sum += to_number(params.at("x"));
    }
    return sum / 200;
}

// Fixed seed; the mean of 200 draws of deviation 1/6 errs by 0.012, and by 5 times that with probability
// 6e-7.
TEST(Cmaes, StartsAtTheBestThatIsKnown) {
    const auto spec_with = [](std::optional<ParamValue> initial) {
        return spec_of(SearchSpace({{"x", FloatDomain{0, 1}, {}, initial}}));
    };
    StudySpec spec = spec_with(std::nullopt);
    EXPECT_NEAR(mean_of_first(spec), 0.5, 0.06);
    spec = spec_with(0.7);
    EXPECT_NEAR(mean_of_first(spec), 0.7, 0.08);  // a little is reflected
    spec.enqueued = {{{"x", 0.4}}, {{"x", 0.1}}};
    EXPECT_NEAR(mean_of_first(spec), 0.4, 0.06);
    spec.prior = {{0, {{"x", 0.3}}, 1}, {0, {{"x", 0.6}}, 0.5}, {0, {{"x", 0.1}}, std::nan("")}};
    EXPECT_NEAR(mean_of_first(spec), 0.6, 0.06);
    spec.warm_start = WarmStart::transfer;
    EXPECT_NEAR(mean_of_first(spec), 0.4, 0.06);
}

TEST(Cmaes, StartsAnewWhereNothingImproves) {
    Study study(spec_of(floats_space(2)));
    const CmaesSearcher searcher(study.spec());
    play(study, searcher, 400, [](const Assignment&) { return 1.0; });
    EXPECT_EQ(ask(searcher, study)->why.find("cmaes, restart"), 0U);
}

TEST(Cmaes, FailedTrialsMoveNothing) {
    Study study(spec_of(floats_space(2)));
    const CmaesSearcher searcher(study.spec());
    for (int i = 0; i < 30; ++i) {
        const Assignment params = ask(searcher, study)->params;
        study.apply(TrialEnded{run(study, {0}, params), Failure{}});
    }
    Study empty(study.spec());
    for (int i = 0; i < 30; ++i) create(empty, study.trial(i).params);
    EXPECT_EQ(ask(searcher, study), ask(searcher, empty));
}

TEST(Cmaes, RefusesSeveralGoals) {
    StudySpec spec = spec_of(floats_space(2));
    spec.search.strategy = "cmaes";
    spec.more_goals = {{"size", Direction::minimize}};
    try {
        make_searcher(spec);
        FAIL() << "not refused";
    } catch (const InputError& e) {
        EXPECT_STREQ(e.what(),
                     "/search/strategy = \"cmaes\": searches for one goal and the study has 2; take \"tpe\"");
    }
}

// A limit that only tells what is kept between suggestions from what is computed anew.
TEST(Cmaes, TenThousandTrialsAreNoWork) {
    Study study(spec_of(floats_space(10)));
    const auto begin = std::chrono::steady_clock::now();
    play(study, CmaesSearcher(study.spec()), 10'000, ellipsoid(10, 100));
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(60));
}

}  // namespace
}  // namespace o2v::search
