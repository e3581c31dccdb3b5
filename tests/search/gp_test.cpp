#include "search/gp.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "search/catalog.hpp"
#include "search/gp_training.hpp"
#include "search/random.hpp"
#include "search/study/hypervolume.hpp"
#include "tests/search/playing.hpp"
#include "tests/search/spaces.hpp"

namespace o2v::search {
namespace {

using namespace o2v::testing;
using Loss = std::function<double(const Assignment&)>;

StudySpec square_spec(std::uint64_t seed = 0) {
    StudySpec spec = spec_of(SearchSpace({{"x", FloatDomain{0, 1}, {}}, {"y", FloatDomain{0, 1}, {}}}));
    spec.search.strategy = "gp";
    spec.search.seed = seed;
    return spec;
}

double x_of(const Assignment& params) {
    return to_number(params.at("x"));
}
double y_of(const Assignment& params) {
    return to_number(params.at("y"));
}
double distance(const Assignment& a, const Assignment& b) {
    return std::hypot(x_of(a) - x_of(b), y_of(a) - y_of(b));
}

const Assignment kOptimum{{"x", 0.3}, {"y", 0.7}};
double square_loss(const Assignment& params) {
    return distance(params, kOptimum) * distance(params, kOptimum);
}

std::vector<PriorTrial> random_prior(int n, std::uint64_t seed, const Loss& value) {
    std::vector<PriorTrial> prior;
    Rng rng(seed);
    const Study none(square_spec());
    for (int i = 0; i < n; ++i) {
        Assignment params = RandomSearcher().suggest(none, rng)->params;
        const double found = value(params);
        prior.push_back({0, std::move(params), found});
    }
    return prior;
}

// After 8 trials of a bowl, which the process knows well by then, or of several valleys; 5 seeds each. Fixed
// seeds; measured: 8 of 10 batches keep 0.02 apart, the nearest pair is 4e-4 apart. Without the gain of the
// running ones counted, pairs lie within 1e-8.
TEST(Gp, WhatRunsSideBySideIsSpread) {
    const auto valleys = [](const Assignment& params) {
        return std::sin(9 * x_of(params)) * std::cos(7 * y_of(params)) + square_loss(params);
    };
    int spread = 0;
    for (const Loss& loss : {Loss(square_loss), Loss(valleys)})
        for (std::uint64_t seed = 0; seed < 5; ++seed) {
            Study study(square_spec(seed));
            const auto searcher = make_searcher(study.spec());
            for (int i = 0; i < 8; ++i) {
                const Assignment params = ask(*searcher, study)->params;
                run_to_end(study, {loss(params)}, params);
            }
            std::vector<Assignment> batch;
            double nearest = 2;
            for (int i = 0; i < 4; ++i) {
                batch.push_back(ask(*searcher, study)->params);
                run(study, {}, batch.back());
                for (int k = 0; k < i; ++k)
                    nearest = std::min(nearest, distance(batch.back(), batch[static_cast<std::size_t>(k)]));
            }
            EXPECT_GT(nearest, 1e-4) << seed;
            spread += nearest > 0.02;
        }
    EXPECT_GE(spread, 7);
}

// x <= 0.25 is a quarter of the space, and the loss pulls out of it: the best lies on the bound, which
// suggestions approach from both sides. 5 seeds: of 100 random suggestions 90 or more are not beyond it by a
// thousandth with a probability below 1e-40; measured: 100.
TEST(Gp, HonoursAConstraintMoreAndMore) {
    int late = 0;
    for (std::uint64_t seed = 0; seed < 5; ++seed) {
        StudySpec spec = square_spec(seed);
        spec.constraints = {{"size", std::nullopt, 0.25}};
        Study study(spec);
        const auto searcher = make_searcher(spec);
        for (int i = 0; i < 40; ++i) {
            const Assignment params = ask(*searcher, study)->params;
            const double x = x_of(params), loss = std::hypot(x - 0.5, y_of(params) - 0.5);
            const TrialId id = run(study, {loss}, params);
            study.apply(TrialEnded{id, Completed{{{"validation:loss", loss}, {"size", x}}, 0, ""}});
            if (i >= 20) late += x <= 0.251;
        }
        ASSERT_NE(study.best(), nullptr);
        EXPECT_LT(*study.best()->value(spec.goal), 0.26) << "0.25 is the least";
    }
    EXPECT_GE(late, 90);
}

double front_after(const StudySpec& spec, const Searcher& searcher, int n) {
    Study study(spec);
    std::vector<Point> points;
    for (int i = 0; i < n; ++i) {
        const Assignment params = ask(searcher, study)->params;
        const double off = std::pow(y_of(params) - 0.3, 2);
        const double one = std::pow(x_of(params), 2) + off, other = std::pow(x_of(params) - 1, 2) + off;
        const TrialId id = run(study, {one}, params);
        study.apply(TrialEnded{id, Completed{{{"validation:loss", one}, {"size", other}}, 0, ""}});
        points.push_back({one, other});
    }
    return hypervolume(points, {1.5, 1.5});
}

// Were it no better than random, it would be ahead in 9 or more of 10 with probability 0.011.
TEST(Gp, SeveralGoalsDominateMoreThanRandom) {
    int ahead = 0;
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
        StudySpec spec = square_spec(seed);
        spec.more_goals = {{"size", Direction::minimize}};
        ahead += front_after(spec, *make_searcher(spec), 30) > front_after(spec, RandomSearcher(), 30);
    }
    EXPECT_GE(ahead, 9);
}

// A random point is that near with probability 0.03.
TEST(Gp, TheFirstSuggestionAfterTheSameStudyIsNearItsOptimum) {
    for (std::uint64_t seed = 0; seed < 5; ++seed) {
        StudySpec spec = square_spec(seed);
        spec.prior = random_prior(20, seed, square_loss);
        const Study study(spec);
        EXPECT_LT(distance(ask(*make_searcher(spec), study)->params, kOptimum), 0.1) << seed;
        StudySpec constrained = spec;
        constrained.constraints = {{"size", std::nullopt, 0.25}};
        EXPECT_TRUE(spec.space.contains(ask(*make_searcher(constrained), Study(constrained))->params));
    }
}

TEST(Gp, OfManyPriorTrialsTheBestAndTheNewestAreLearnedFrom) {
    StudySpec spec = square_spec();
    spec.prior = random_prior(1000, 1, square_loss);
    const Study study(spec);
    const GpTraining training(study, std::nullopt, {1.0});
    EXPECT_EQ(training.y.size(), 400);
    const auto best = std::min_element(spec.prior.begin(), spec.prior.end(),
                                       [](const auto& a, const auto& b) { return a.value < b.value; });
    const auto& kept = training.prior();
    EXPECT_EQ(kept.front(), best->params);
    EXPECT_NE(std::find(kept.begin(), kept.end(), spec.prior.back().params), kept.end());
}

// With 20 trials of another study whose values are 1000 times as large and far away; by sign test as above.
TEST(Gp, AnotherStudyHelpsWhateverItsUnit) {
    int ahead = 0;
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
        StudySpec alone = square_spec(seed), spec = alone;
        spec.prior =
            random_prior(20, seed, [](const Assignment& params) { return 5e4 + 1e3 * square_loss(params); });
        spec.warm_start = WarmStart::transfer;
        Study helped(spec), unhelped(alone);
        play(helped, *make_searcher(spec), 4, square_loss);
        play(unhelped, *make_searcher(alone), 4, square_loss);
        ahead += *helped.best()->value(spec.goal) < *unhelped.best()->value(alone.goal);
    }
    EXPECT_GE(ahead, 9);
}

// A study whose best is this one's worst. Were its best counted as known here, all 20 would go there.
TEST(Gp, AMisleadingStudyIsOvercome) {
    StudySpec spec = square_spec(1);
    spec.prior = random_prior(20, 1, [](const Assignment& params) { return -square_loss(params); });
    spec.warm_start = WarmStart::transfer;
    Study study(spec);
    play(study, *make_searcher(spec), 20, square_loss);
    EXPECT_LT(*study.best()->value(spec.goal), 0.01);
}

// 18 random trials of which one in three, or none, was trained to the end; the curves fall towards their end.
TEST(Gp, LearnsFromHalfFinishedTrials) {
    for (const int finished : {3, 1000}) {
        double sum = 0;
        for (std::uint64_t seed = 0; seed < 5; ++seed) {
            StudySpec spec = square_spec(seed);
            spec.pruner.type = "asha";
            spec.pruner.max_epochs = 9;
            Study study(spec);
            for (int i = 0; i < 18; ++i) {
                const Assignment params = ask(RandomSearcher(), study)->params;
                const bool ends = i % finished == finished - 1;
                std::vector<double> curve;
                for (int epoch = 1; epoch <= (ends ? 9 : i % 2 == 0 ? 1 : 3); ++epoch)
                    curve.push_back(square_loss(params) + 0.5 / epoch);
                const TrialId id = run(study, curve, params);
                if (ends)
                    complete(study, id, curve.back());
                else
                    study.apply(Paused{id, "rung"});
            }
            const Assignment params = ask(*make_searcher(spec), study)->params;
            sum += distance(params, kOptimum);
        }
        EXPECT_LT(sum / 5, 0.15) << "random: 0.45";
    }
}

TEST(Gp, LeavesTheForbiddenAloneEvenWhereItIsBest) {
    StudySpec spec = spec_of(SearchSpace({{"x", IntDomain{0, 9}, {}}, {"y", IntDomain{0, 9}, {}}},
                                         {{{"x", {}, std::nullopt, 6}, {"y", {}, std::nullopt, 8}}}));
    spec.search.strategy = "gp";
    Study study(spec);
    const auto searcher = make_searcher(spec);
    for (int i = 0; i < 37; ++i) {
        const Assignment params = ask(*searcher, study)->params;
        EXPECT_TRUE(spec.space.contains(params));
        run_to_end(study, {x_of(params) + y_of(params)}, params);
        if (i == 20) {
            EXPECT_EQ(*study.best()->value(spec.goal), 7);
        }
    }
    Rng rng(1);
    EXPECT_EQ(searcher->suggest(study, rng), std::nullopt) << "3 * 10 + 7 are allowed";
}

// What has x < 0.4 crashes, and the loss falls towards there. 3 seeds: of 30 random suggestions 6 or fewer
// would crash with probability 0.017; measured: 5.
TEST(Gp, AvoidsWhereTrialsFail) {
    int late = 0;
    for (std::uint64_t seed = 0; seed < 3; ++seed) {
        Study study(square_spec(seed));
        const auto searcher = make_searcher(study.spec());
        for (int i = 0; i < 25; ++i) {
            const Assignment params = ask(*searcher, study)->params;
            const TrialId id = run(study, {}, params);
            if (x_of(params) < 0.4)
                study.apply(TrialEnded{id, Failure{}});
            else
                complete(study, id, square_loss(params) + x_of(params));
            if (i >= 15) late += x_of(params) < 0.4;
        }
        EXPECT_NE(study.best(), nullptr);
    }
    EXPECT_LE(late, 6);
}

TEST(Gp, GoesOnWhenNothingHasEverWorked) {
    Study study(square_spec());
    const auto searcher = make_searcher(study.spec());
    for (int i = 0; i < 10; ++i) {
        const Assignment params = ask(*searcher, study)->params;
        EXPECT_FALSE(study.tried(params));
        study.apply(TrialEnded{run(study, {}, params), Failure{}});
    }
}

}  // namespace
}  // namespace o2v::search
