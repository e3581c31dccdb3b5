#include "search/median_pruner.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <limits>

#include "search/study/errors.hpp"
#include "tests/search/study/histories.hpp"

namespace o2v::search {
namespace {

using namespace o2v::testing;
using Kind = Verdict::Kind;

MedianPruner pruner(int startup, int warmup) {
    return MedianPruner({"median", startup, warmup});
}

// Running means at epoch 1: 3, 5 and 4, the median 4.
Study three_completed(Direction direction = Direction::minimize) {
    Study study(spec_of(SearchSpace(), direction));
    run_to_end(study, {4, 2});
    run_to_end(study, {6, 4});
    run_to_end(study, {5, 3});
    return study;
}

Verdict verdict_on(Study& study, const std::vector<double>& curve, int startup = 3, int warmup = 1) {
    const TrialId id = run(study, curve);
    return pruner(startup, warmup).judge(study.trial(id), study);
}

TEST(MedianPruner, DecidesBeyondTheWarmUp) {
    const StudySpec spec = spec_of(SearchSpace());
    EXPECT_FALSE(pruner(0, 2).decides(Trial{}, 1, spec));
    EXPECT_TRUE(pruner(0, 2).decides(Trial{}, 2, spec));
    EXPECT_TRUE(pruner(0, 0).decides(Trial{}, 0, spec));
}

TEST(MedianPruner, ComparesTheBestSoFarWithTheMedianOfRunningMeans) {
    Study study = three_completed();
    EXPECT_EQ(verdict_on(study, {4.5, 4}).kind, Kind::go_on) << "equal is not worse";
    EXPECT_EQ(verdict_on(study, {3.9, 9}).kind, Kind::go_on) << "the best counts, not the latest";
    EXPECT_EQ(
        verdict_on(study, {3.9, 9}).reason,
        "best validation:loss 3.9 after 2 epochs is no worse than 4, the median of the running means of "
        "3 trials");
    EXPECT_EQ(verdict_on(study, {9}).reason, "within the warm-up of 1 epoch");
    EXPECT_EQ(verdict_on(study, {9, 9}, 4).reason, "3 of the first 4 trials have completed");
    EXPECT_EQ(verdict_on(study, {9, 9, 9}).reason, "no other trial has ended after 3 epochs");
    const Verdict stop = verdict_on(study, {4.25, 4.125});
    EXPECT_EQ(stop.kind, Kind::stop);
    EXPECT_EQ(stop.reason,
              "best validation:loss 4.125 after 2 epochs is worse than 4, the median of the running means of "
              "3 trials");
}

TEST(MedianPruner, MaximisesToo) {
    Study study = three_completed(Direction::maximize);
    EXPECT_EQ(verdict_on(study, {4, 3}).kind, Kind::go_on);
    EXPECT_EQ(verdict_on(study, {3.9, 3}).kind, Kind::stop);
}

TEST(MedianPruner, AnEvenNumberHasTheMiddlesMean) {
    Study study = three_completed();
    run_to_end(study, {10, 10});  // means 3, 4, 5, 10
    EXPECT_EQ(verdict_on(study, {4.5, 4.5}).kind, Kind::go_on);
    EXPECT_EQ(verdict_on(study, {4.6, 4.6}).kind, Kind::stop);
}

TEST(MedianPruner, WaitsForStartUpAndWarmUp) {
    Study study = three_completed();
    EXPECT_EQ(verdict_on(study, {9, 9}, 4, 1).kind, Kind::go_on);
    EXPECT_EQ(verdict_on(study, {9, 9}, 3, 2).kind, Kind::go_on);
    EXPECT_EQ(verdict_on(study, {9}, 3, 1).kind, Kind::go_on);
    EXPECT_EQ(verdict_on(study, {9}, 3, 0).kind, Kind::stop);
    EXPECT_EQ(verdict_on(study, {9, 9}, 3, 1).kind, Kind::stop);
}

TEST(MedianPruner, EndedTrialsThatReachedTheEpochCountHoweverTheyEnded) {
    Study study = three_completed();
    const TrialId pruned = run(study, {20, 20});
    study.apply(TrialEnded{pruned, Pruned{"", false}});
    const TrialId failed = run(study, {30, 30});
    study.apply(TrialEnded{failed, Failure{}});
    run(study, {0, 0});        // running
    run_to_end(study, {0.1});  // never reached epoch 1
    // Means 3, 4, 5, 20, 30.
    EXPECT_EQ(verdict_on(study, {5, 5}).kind, Kind::go_on);
    EXPECT_EQ(verdict_on(study, {6, 6}).kind, Kind::stop);
    EXPECT_EQ(verdict_on(study, {6, 6, 6}).kind, Kind::go_on) << "nobody else reached epoch 2";
}

TEST(MedianPruner, NaNIsWorseThanNumbersAndStopsNothingAsTheMedian) {
    constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    Study study = three_completed();
    EXPECT_EQ(verdict_on(study, {nan, nan}).kind, Kind::stop);
    for (int i = 0; i < 4; ++i) run_to_end(study, {nan, 1});
    EXPECT_EQ(verdict_on(study, {1e9, 1e9}).kind, Kind::go_on);
}

TEST(MedianPruner, EpochsThatDidNotReportAreLeftOutOfTheMean) {
    Study study(spec_of(SearchSpace()));
    const TrialId id = run(study, {2});
    study.apply(Reported{id, 1, measured(1, 77, "train:loss")});
    study.apply(Reported{id, 1, measured(2, 4)});
    complete(study, id, 4);
    EXPECT_EQ(verdict_on(study, {3, 3, 3}, 1).kind, Kind::go_on);
    EXPECT_EQ(verdict_on(study, {3.1, 3.1, 3.1}, 1).kind, Kind::stop);
}

TEST(MedianPruner, RefusesNegativeOptions) {
    EXPECT_THROW(pruner(-1, 0), InputError);
    EXPECT_THROW(pruner(0, -1), InputError);
}

// A limit that only tells what grows with the study from what hardly does.
TEST(MedianPruner, TwentyThousandTrialsAreLittleWork) {
    Study study(spec_of(SearchSpace()));
    const MedianPruner median = pruner(1, 0);
    Rng rng(2);
    const auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < 20'000; ++i) {
        const TrialId id = run(study, {uniform01(rng), uniform01(rng)});
        median.judge(study.trial(id), study);
        complete(study, id, 0);
    }
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(30));
}

}  // namespace
}  // namespace o2v::search
