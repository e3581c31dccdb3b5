#include "search/tpe.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>

#include "search/problems/problems.hpp"
#include "search/random.hpp"
#include "tests/search/playing.hpp"
#include "tests/search/spaces.hpp"

namespace o2v::search {
namespace {

using namespace o2v::testing;

double number_of(const Assignment& params, const char* name) {
    return to_number(params.at(name));
}

// 20 seeds a problem. A strategy no better than random search would be ahead in 17 or more of 20 with
// probability 0.0013; the seeds are fixed, so the test always has the same outcome.
TEST(Tpe, IsBetterThanRandomOnEveryProblem) {
    for (const problems::ProblemInfo& problem : problems::problems()) {
        int ahead = 0;
        for (std::uint64_t seed = 0; seed < 20; ++seed) {
            StudySpec spec = spec_of(problem.space);
            spec.search.seed = seed;
            const auto value = [&](const Assignment& params) {
                return problems::evaluate(problem.name, params);
            };
            Study study(spec), random(spec);
            play(study, TpeSearcher(spec), 60, value);
            play(random, RandomSearcher(), 60, value);
            ahead += *study.best()->value(spec.goal) < *random.best()->value(spec.goal);
        }
        EXPECT_GE(ahead, 17) << problem.name;
    }
}

StudySpec square_spec(std::uint64_t seed = 0) {
    StudySpec spec = spec_of(SearchSpace({{"x", FloatDomain{0, 1}, {}}, {"y", FloatDomain{0, 1}, {}}}));
    spec.search.seed = seed;
    return spec;
}

double square_loss(const Assignment& params) {
    return std::hypot(number_of(params, "x") - 0.3, number_of(params, "y") - 0.7);
}

// Mean distance of a suggestion from (0.3, 0.7), over 30 generators.
double mean_distance(const Study& study) {
    const TpeSearcher searcher(study.spec());
    double sum = 0;
    for (std::uint64_t seed = 0; seed < 30; ++seed) {
        Rng rng(seed);
        sum += square_loss(searcher.suggest(study, rng)->params);
    }
    return sum / 30;
}

Study with_random_trials(const StudySpec& spec, int n) {
    Study study(spec);
    play(study, RandomSearcher(), n, square_loss);
    return study;
}

// In a ring about the optimum, so that nothing is repeated.
Assignment near_optimum(int i) {
    return {{"x", 0.3 + 0.01 * std::cos(i)}, {"y", 0.7 + 0.01 * std::sin(i)}};
}

// Fixed generators, always the same outcome; the margins are about half of what was measured.
TEST(Tpe, RunningAndFailedTrialsRepelAndGoodOnesAttract) {
    const Study before = with_random_trials(square_spec(), 40);
    const double plain = mean_distance(before);
    EXPECT_LT(plain, 0.3) << "random: 0.45";
    Study running = before, failed = before, nan = before, good = before;
    for (int i = 0; i < 15; ++i) {
        run(running, {0.0}, near_optimum(i));  // its curve is not believed before it has ended
        failed.apply(TrialEnded{run(failed, {0.0}, near_optimum(i)), Failure{}});
        run_to_end(nan, {std::nan("")}, near_optimum(i));
        if (i < 3) run_to_end(good, {0.0}, near_optimum(i));
    }
    EXPECT_GT(mean_distance(running), 1.05 * plain);
    EXPECT_GT(mean_distance(failed), 1.05 * plain);
    EXPECT_GT(mean_distance(nan), 1.05 * plain);
    EXPECT_LT(mean_distance(good), 0.8 * plain);
}

TEST(Tpe, DoesNotDependOnTheOrderOfEnding) {
    Study forward(square_spec()), backward(square_spec());
    Rng rng(7);
    std::vector<Assignment> all;
    for (int i = 0; i < 30; ++i) {
        all.push_back(RandomSearcher().suggest(forward, rng)->params);
        run(forward, {0.5}, all.back());
        run(backward, {0.5}, all.back());
    }
    const TpeSearcher searcher(forward.spec());
    for (TrialId id = 0; id < 30; ++id) {
        complete(forward, id, square_loss(all[static_cast<std::size_t>(id)]));
        complete(backward, 29 - id, square_loss(all[static_cast<std::size_t>(29 - id)]));
        ask(searcher, forward);  // fills the cache step by step
    }
    EXPECT_EQ(ask(searcher, forward), ask(TpeSearcher(backward.spec()), backward));
}

TEST(Tpe, PriorTrialsOfTheSameObjectiveCountAndOthersDoNot) {
    StudySpec spec = square_spec();
    Rng rng(9);
    for (int i = 0; i < 40; ++i) {
        const Assignment params = RandomSearcher().suggest(Study(square_spec()), rng)->params;
        spec.prior.push_back({0, params, square_loss(params)});
    }
    EXPECT_LT(mean_distance(Study(spec)), 0.2);
    EXPECT_EQ(ask(TpeSearcher(spec), Study(spec))->why, "tpe on 40 trials");

    StudySpec transfer = spec;
    transfer.warm_start = WarmStart::transfer;
    EXPECT_EQ(ask(TpeSearcher(transfer), Study(transfer))->why, "start-up of tpe");
    StudySpec elsewhere = spec;
    for (PriorTrial& trial : elsewhere.prior) trial.params["z"] = 1.0;
    EXPECT_EQ(ask(TpeSearcher(elsewhere), Study(elsewhere))->why, "start-up of tpe");
    StudySpec failed = spec;
    for (PriorTrial& trial : failed.prior) trial.value = std::nan("");
    EXPECT_GT(mean_distance(Study(failed)), 0.3);
}

// Seeds 0 ... 9: each branch has parameters of its own; the optimum, 0, is in the one of three that is worst
// on average. A random trial is that good with probability 0.0026, so random search finds it in 100 with
// 0.23, and in 7 of 10 seeds with 0.003. Fixed seeds, always the same outcome.
TEST(Tpe, FindsTheRightBranchAndItsParameters) {
    const SearchSpace space({{"branch", texts({"a", "b", "c"}), {}},
                             {"u", FloatDomain{0, 1}, {{"branch", {"a"}}}},
                             {"v", IntDomain{0, 50}, {{"branch", {"b"}}}},
                             {"w", FloatDomain{0, 1}, {{"branch", {"c"}}}},
                             {"t", FloatDomain{0, 1}, {{"branch", {"c"}}}}});
    const auto value = [](const Assignment& params) {
        const std::string branch = to_text(params.at("branch"));
        if (branch == "a") return 0.3 + 0.1 * number_of(params, "u");
        if (branch == "b") return 0.25 + 0.01 * number_of(params, "v");
        return 2 * std::hypot(number_of(params, "w") - 0.2, number_of(params, "t") - 0.6);
    };
    int found = 0;
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
        StudySpec spec = spec_of(space);
        spec.search.seed = seed;
        Study study(spec);
        play(study, TpeSearcher(spec), 100, value);
        found += *study.best()->value(spec.goal) < 0.1;
    }
    EXPECT_GE(found, 7);
}

TEST(Tpe, LeavesTheForbiddenAloneEvenWhereItIsBest) {
    StudySpec spec = spec_of(SearchSpace({{"i", IntDomain{0, 9}, {}}, {"j", IntDomain{0, 9}, {}}},
                                         {{{"i", {}, std::nullopt, 4}, {"j", {}, std::nullopt, 8}}}));
    Study study(spec);
    play(study, TpeSearcher(spec), 55,
         [](const Assignment& params) { return number_of(params, "i") + number_of(params, "j"); });
    for (const Trial& trial : study.trials()) EXPECT_TRUE(spec.space.contains(trial.params));
    EXPECT_EQ(ask(TpeSearcher(spec), study), std::nullopt) << "5 * 10 + 5 are allowed";
    EXPECT_EQ(*study.best()->value(spec.goal), 5);
}

// Fixed seed. Of random trials three in four would lie outside the constraint.
TEST(Tpe, KeepsToTheConstraints) {
    StudySpec spec = square_spec(3);
    spec.constraints = {{"size", std::nullopt, 0.25}};
    Study study(spec);
    const TpeSearcher searcher(spec);
    int inside = 0;
    for (int i = 0; i < 100; ++i) {
        const Assignment params = ask(searcher, study)->params;
        const double x = number_of(params, "x");
        const TrialId id = run(study, {1 - x}, params);
        study.apply(TrialEnded{id, Completed{{{"validation:loss", 1 - x}, {"size", x}}, 0, ""}});
        if (i >= 50) inside += x <= 0.25;
    }
    EXPECT_GE(inside, 25);
    EXPECT_LT(*study.best()->value(spec.goal), 0.78);
}

// Fixed seed. The front of (x + y, 1 - x + y) is y = 0, on which both of its ends lie.
TEST(Tpe, SeveralGoalsSpreadAlongTheFront) {
    StudySpec spec = square_spec(2);
    spec.more_goals = {{"size", Direction::minimize}};
    Study study(spec);
    const TpeSearcher searcher(spec);
    double sum = 0;
    int left = 0;
    for (int i = 0; i < 100; ++i) {
        const Assignment params = ask(searcher, study)->params;
        const double x = number_of(params, "x"), y = number_of(params, "y");
        const TrialId id = run(study, {x + y}, params);
        study.apply(TrialEnded{id, Completed{{{"validation:loss", x + y}, {"size", 1 - x + y}}, 0, ""}});
        if (i < 50) continue;
        sum += y;
        left += x < 0.5;
    }
    EXPECT_LT(sum / 50, 0.25) << "random: 0.5";
    EXPECT_GE(left, 8);
    EXPECT_LE(left, 42);
}

TEST(Tpe, AHundredParametersHaveNoSobolSequence) {
    StudySpec spec = spec_of(floats_space(100));
    Study study(spec);
    play(study, TpeSearcher(spec), 15, [](const Assignment& params) { return number_of(params, "x0"); });
    EXPECT_EQ(study.trials().size(), 15U);
}

// A limit that only tells what is kept between suggestions from what is computed anew. (Measured: 2 ms each.)
TEST(Tpe, TenThousandTrialsAreNoWork) {
    StudySpec spec = spec_of(floats_space(10));
    Study study = [&] {
        Study random(spec);
        play(random, RandomSearcher(), 10'000,
             [](const Assignment& params) { return std::abs(number_of(params, "x0") - 1); });
        return random;
    }();
    const TpeSearcher searcher(spec);
    const auto begin = std::chrono::steady_clock::now();
    double sum = 0;
    for (int i = 0; i < 100; ++i) {
        const Assignment params = ask(searcher, study)->params;
        run_to_end(study, {std::abs(number_of(params, "x0") - 1)}, params);
        sum += number_of(params, "x0");
    }
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
    EXPECT_NEAR(sum / 100, 1, 1);
}

}  // namespace
}  // namespace o2v::search
