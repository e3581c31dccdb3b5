#include "search/study/study.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <limits>
#include <stdexcept>

#include "tests/search/study/histories.hpp"

namespace o2v {
namespace {

using namespace testing;
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

Study study(Direction direction = Direction::minimize) {
    return Study(spec_of(SearchSpace({{"x", FloatDomain{0, 1}, {}}}), direction));
}

AttemptStarted attempt(TrialId id, int number) {
    return {id, number, "", "", "", {}};
}

TEST(Better, OrdersNumbersByDirectionAndNaNLast) {
    const Goal least{"m", Direction::minimize};
    const Goal most{"m", Direction::maximize};
    EXPECT_TRUE(better(least, 1, 2));
    EXPECT_FALSE(better(least, 2, 2));
    EXPECT_TRUE(better(most, 2, 1));
    for (const Goal& goal : {least, most}) {
        EXPECT_TRUE(better(goal, 1, kNaN));
        EXPECT_FALSE(better(goal, kNaN, 1));
        EXPECT_FALSE(better(goal, kNaN, kNaN));
        EXPECT_TRUE(better(goal, goal.direction == Direction::minimize ? kInfinity : -kInfinity, kNaN));
    }
}

TEST(StudyEvents, ALifeFromWaitingToCompleted) {
    Study s = study();
    const TrialId id = create(s, {{"x", 0.5}});
    const Trial& trial = s.trial(id);
    EXPECT_EQ(trial.state(), TrialState::waiting);
    start(s, id);
    EXPECT_EQ(trial.state(), TrialState::running);
    s.apply(Reported{id, 1, measured(0, 3)});
    s.apply(Checkpointed{id, 1, {"c0", 0}});
    s.apply(Paused{id, "later"});
    EXPECT_EQ(trial.state(), TrialState::paused);
    s.apply(attempt(id, 2));
    EXPECT_EQ(trial.state(), TrialState::running);
    s.apply(AttemptFailed{id, 2, FailureKind::lost, "gone"});
    EXPECT_EQ(trial.state(), TrialState::waiting);
    EXPECT_EQ(trial.counted_failures(), 0);
    s.apply(attempt(id, 3));
    s.apply(AttemptFailed{id, 3, FailureKind::crashed, "signal 11"});
    EXPECT_EQ(trial.counted_failures(), 1);
    s.apply(attempt(id, 4));
    s.apply(Reported{id, 4, measured(1, 2)});
    EXPECT_EQ(trial.value(s.spec().goal), 2);
    complete(s, id, 2.5);
    EXPECT_EQ(trial.state(), TrialState::completed);
    EXPECT_EQ(trial.value(s.spec().goal), 2.5) << "of the kept model";
    EXPECT_EQ(s.count(TrialState::completed), 1U);
    EXPECT_EQ(s.count(TrialState::waiting) + s.count(TrialState::running) + s.count(TrialState::paused), 0U);
}

TEST(StudyEvents, ARepeatedEpochReplaces) {
    Study s = study();
    const TrialId id = run(s, {3, 2});
    s.apply(AttemptFailed{id, 1, FailureKind::crashed, ""});
    start(s, id);
    s.apply(Reported{id, 2, measured(1, 5)});
    ASSERT_EQ(s.trial(id).curve.size(), 2U);
    EXPECT_EQ(s.trial(id).curve[1].metrics.at("validation:loss"), 5);
}

// Each must be refused and leave the study as it was. Trial 0 has ended, 1 waits, 2 runs its first attempt.
TEST(StudyEvents, WhatCannotFollowIsRefusedAndChangesNothing) {
    Study s = study();
    run_to_end(s, {1});
    create(s);
    run(s, {4});
    const std::vector<TrialEvent> impossible{
        TrialCreated{4, {}, 0},
        TrialCreated{2, {}, 0},
        attempt(9, 1),
        attempt(-1, 1),
        attempt(0, 2),
        attempt(2, 2),
        attempt(1, 2),
        Reported{0, 1, measured(1, 1)},
        Reported{1, 1, measured(0, 1)},
        Reported{2, 2, measured(1, 1)},
        Reported{2, 1, measured(2, 1)},
        Reported{2, 1, measured(-1, 1)},
        Checkpointed{1, 1, {}},
        Checkpointed{0, 1, {}},
        Paused{1, ""},
        Paused{0, ""},
        AttemptFailed{1, 1, FailureKind::crashed, ""},
        AttemptFailed{2, 3, FailureKind::crashed, ""},
        TrialEnded{0, Failure{}},
        TrialEnded{1, Completed{}},
    };
    const std::vector<Trial> before = s.trials();
    for (std::size_t i = 0; i < impossible.size(); ++i) {
        EXPECT_THROW(s.apply(impossible[i]), std::logic_error) << "event " << i;
        EXPECT_EQ(s.trials(), before) << "event " << i;
    }
    EXPECT_EQ(s.count(TrialState::running), 1U);
    EXPECT_EQ(s.ended().size(), 1U);
}

TEST(StudyEvents, AWaitingOrPausedTrialMayBeGivenUp) {
    Study s = study();
    create(s);
    s.apply(TrialEnded{0, Failure{FailureKind::bad_config, "no"}});
    run(s, {1});
    s.apply(Paused{1, "later"});
    s.apply(TrialEnded{1, Pruned{"not promoted", false}});
    EXPECT_EQ(s.count(TrialState::failed), 1U);
    EXPECT_EQ(s.count(TrialState::pruned), 1U);
    EXPECT_EQ(s.trial(1).value(s.spec().goal), 1);
    EXPECT_THROW(s.trial(2), std::out_of_range);
    EXPECT_THROW(s.trial(-1), std::out_of_range);
}

TEST(TrialValue, IsTheBestOfTheCurveAndAbsentWhereNothingCounts) {
    Study s = study(Direction::maximize);
    const Goal& goal = s.spec().goal;
    EXPECT_EQ(s.trial(create(s)).value(goal), std::nullopt);
    EXPECT_EQ(s.trial(run(s, {kNaN, 1, 3, 2, kNaN})).value(goal), 3);
    EXPECT_TRUE(std::isnan(*s.trial(run(s, {kNaN})).value(goal)));
    const TrialId other = run(s, {});
    s.apply(Reported{other, 1, measured(0, 1, "train:loss")});
    EXPECT_EQ(s.trial(other).value(goal), std::nullopt);
    const TrialId failed = run(s, {3});
    s.apply(TrialEnded{failed, Failure{}});
    EXPECT_EQ(s.trial(failed).value(goal), std::nullopt);
    const TrialId diverged = run(s, {3});
    s.apply(TrialEnded{diverged, Pruned{"loss is NaN", true}});
    EXPECT_EQ(s.trial(diverged).value(goal), std::nullopt);
    const TrialId silent = run(s, {3});
    s.apply(TrialEnded{silent, Completed{}});
    EXPECT_EQ(s.trial(silent).value(goal), std::nullopt);
}

TEST(StudyBest, IgnoresNaNAndGivesTiesToTheLowerNumber) {
    Study s = study();
    EXPECT_EQ(s.best(), nullptr);
    const TrialId a = run(s, {2});
    const TrialId b = run(s, {2});
    run_to_end(s, {kNaN});
    EXPECT_EQ(s.best(), nullptr);
    EXPECT_EQ(s.ended_since_best(), 1);
    complete(s, b, 2);
    EXPECT_EQ(s.best()->id, b);
    EXPECT_EQ(s.ended_since_best(), 0);
    run_to_end(s, {9});
    complete(s, a, 2);
    EXPECT_EQ(s.best()->id, a);
    EXPECT_EQ(s.ended_since_best(), 2) << "a tie is no improvement";
    s.apply(TrialEnded{run(s, {0.1}), Pruned{"no", false}});
    EXPECT_EQ(s.best()->id, a) << "a pruned trial is never the best";
}

TEST(StudyRanking, CompletedThenPrunedThenFailedEachByValue) {
    Study s = study();
    const TrialId late = run(s, {5});
    const TrialId failed = run(s, {0});
    const TrialId diverged = run(s, {0});
    const TrialId pruned = run(s, {0.5});
    const TrialId pruned_better = run(s, {0.25});
    const TrialId nan = run_to_end(s, {kNaN});
    const TrialId good = run_to_end(s, {1});
    const TrialId open = run(s, {0});
    s.apply(TrialEnded{failed, Failure{}});
    s.apply(TrialEnded{diverged, Pruned{"", true}});
    s.apply(TrialEnded{pruned, Pruned{"", false}});
    s.apply(TrialEnded{pruned_better, Pruned{"", false}});
    const TrialId tie = run_to_end(s, {5});
    complete(s, late, 5);
    std::vector<TrialId> ids;
    for (const Trial* trial : s.ranking()) ids.push_back(trial->id);
    EXPECT_EQ(ids, (std::vector<TrialId>{good, late, tie, nan, pruned_better, pruned, diverged, failed}));
    EXPECT_EQ(s.ranking().front(), s.best());
    EXPECT_EQ(s.trial(open).state(), TrialState::running);
}

TEST(StudyTried, KnowsEveryAssignmentWhateverBecameOfIt) {
    Study s = study();
    create(s, {{"x", 0.5}});
    s.apply(TrialEnded{create(s, {{"x", 0.25}}), Failure{}});
    EXPECT_TRUE(s.tried({{"x", 0.5}}));
    EXPECT_TRUE(s.tried({{"x", 0.25}}));
    EXPECT_FALSE(s.tried({{"x", 0.75}}));
    EXPECT_FALSE(s.tried({{"x", std::int64_t{0}}}));
    EXPECT_FALSE(s.tried({}));
}

TEST(StudyEndedKey, IsEqualForEqualHistoriesOnly) {
    Study a = study();
    Study b = study();
    run_to_end(a, {1, 2}, {{"x", 0.5}});
    run_to_end(b, {1, 2}, {{"x", 0.5}});
    create(b);
    EXPECT_EQ(a.ended_key(1), b.ended_key(1)) << "running trials do not matter";
    Study c = study();
    run_to_end(c, {1.5, 2}, {{"x", 0.5}});
    EXPECT_NE(a.ended_key(1), c.ended_key(1));
    const std::uint64_t before = a.ended_key(1);
    run_to_end(a, {3}, {{"x", 0.1}});
    EXPECT_EQ(a.ended_key(1), before);
    EXPECT_NE(a.ended_key(2), before);
}

TEST(Study, TheReportsKeyTellsCurvesApart) {
    Study a = study(), b = study(), c = study();
    run(a, {1, 2});
    run(b, {1, 2});
    run(c, {1, 3});
    ASSERT_EQ(a.reports().size(), 2U);
    EXPECT_EQ(a.reports()[1].epoch, 1);
    EXPECT_EQ(a.reports_key(2), b.reports_key(2));
    EXPECT_EQ(a.reports_key(1), c.reports_key(1));
    EXPECT_NE(a.reports_key(2), c.reports_key(2));
    b.apply(Reported{0, 1, measured(1, 2)});
    EXPECT_EQ(b.reports().size(), 3U) << "a repeated epoch is a report too";
    TrialCreated fork{1, {}, 0};
    fork.fork = Fork{0, 0};
    a.apply(fork);
    ASSERT_EQ(a.reports().size(), 3U) << "the parent's epochs are the fork's";
    EXPECT_EQ(a.reports()[2].trial, 1);
}

// 100,000 trials, each of five events, with the questions a loop asks after each. It takes well under a
// second; the limit only tells apart what grows with the study from what does not (which would take many
// minutes).
TEST(StudySize, AHundredThousandTrialsAreNoWork) {
    Study s = study();
    Rng rng(1);
    const auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < 100'000; ++i) {
        const double x = uniform01(rng);
        ASSERT_FALSE(s.tried({{"x", x}}));
        run_to_end(s, {x + 1, x}, {{"x", x}});
        ASSERT_LE(s.best()->value(s.spec().goal), x);
        ASSERT_EQ(s.count(TrialState::completed), static_cast<std::size_t>(i) + 1);
        ASSERT_LE(s.ended_since_best(), i);
    }
    EXPECT_EQ(s.ranking().size(), 100'000U);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(30));
}

}  // namespace
}  // namespace o2v
