#include "search/percentile_pruner.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "search/median_pruner.hpp"
#include "search/study/errors.hpp"
#include "tests/search/study/histories.hpp"

namespace o2v::search {
namespace {

using namespace o2v::testing;
using Kind = Verdict::Kind;

PercentilePruner pruner(double percentile, int startup = 0, int warmup = 0) {
    PrunerOptions options{"percentile", startup, warmup};
    options.percentile = percentile;
    return PercentilePruner(options);
}

// Running means 1, 2, 3, 4, 5.
Study five_completed(Direction direction = Direction::minimize) {
    Study study(spec_of(SearchSpace(), direction));
    for (const double value : {3.0, 1.0, 5.0, 2.0, 4.0}) run_to_end(study, {value});
    return study;
}

Kind kind_of(Study study, double value, double percentile) {
    const TrialId id = run(study, {value});
    return pruner(percentile).judge(study.trial(id), study).kind;
}

TEST(PercentilePruner, DecidesBeyondTheWarmUp) {
    const StudySpec spec = spec_of(SearchSpace());
    EXPECT_FALSE(pruner(25, 0, 2).decides(Trial{}, 1, spec));
    EXPECT_TRUE(pruner(25, 0, 2).decides(Trial{}, 2, spec));
}

TEST(PercentilePruner, TheBestShareGoesOn) {
    const Study study = five_completed();
    EXPECT_EQ(kind_of(study, 2, 25), Kind::go_on) << "as good as the bar";
    EXPECT_EQ(kind_of(study, 2.01, 25), Kind::stop);
    EXPECT_EQ(kind_of(study, 1.4, 10), Kind::go_on) << "between two: 1.4 is a tenth of the way";
    EXPECT_EQ(kind_of(study, 1.41, 10), Kind::stop);
    EXPECT_EQ(kind_of(study, 1.01, 0), Kind::stop);
    EXPECT_EQ(kind_of(study, 5, 100), Kind::go_on);
    EXPECT_EQ(kind_of(study, 5.01, 100), Kind::stop);
}

TEST(PercentilePruner, MaximisesFromTheOtherEnd) {
    const Study study = five_completed(Direction::maximize);
    EXPECT_EQ(kind_of(study, 4, 25), Kind::go_on);
    EXPECT_EQ(kind_of(study, 3.99, 25), Kind::stop);
}

TEST(PercentilePruner, FiftyIsTheMedianRule) {
    Study study(spec_of(SearchSpace()));
    const MedianPruner median({"median", 2, 0});
    const PercentilePruner half = pruner(50, 2, 0);
    Rng rng(5);
    for (int i = 0; i < 200; ++i) {
        const TrialId id = run(study, {uniform01(rng), uniform01(rng)});
        EXPECT_EQ(half.judge(study.trial(id), study).kind, median.judge(study.trial(id), study).kind) << i;
        complete(study, id, 0);
    }
}

TEST(PercentilePruner, SaysByHowMuch) {
    Study study = five_completed();
    const TrialId id = run(study, {3.5});
    EXPECT_EQ(pruner(25).judge(study.trial(id), study).reason,
              "best validation:loss 3.5 after 1 epoch is worse than 2, which the running means of the best "
              "25% of 5 trials are as good as");
    EXPECT_EQ(
        pruner(75).judge(study.trial(id), study).reason,
        "best validation:loss 3.5 after 1 epoch is no worse than 4, which the running means of the best "
        "75% of 5 trials are as good as");
}

TEST(PercentilePruner, NaNIsWorseThanNumbersAndStopsNothingAsTheBar) {
    constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    Study study = five_completed();
    EXPECT_EQ(kind_of(study, nan, 25), Kind::stop);
    for (int i = 0; i < 5; ++i) run_to_end(study, {nan});
    EXPECT_EQ(kind_of(study, 1e9, 90), Kind::go_on);
}

TEST(PercentilePruner, RefusesWhatIsNoPercentage) {
    for (const double percentile : {-0.1, 100.1, std::numeric_limits<double>::quiet_NaN()}) {
        try {
            pruner(percentile);
            FAIL() << percentile;
        } catch (const InputError& e) {
            EXPECT_EQ(e.problems().front().where, "/pruner/percentile");
        }
    }
    EXPECT_THROW(pruner(25, -1), InputError);
    EXPECT_THROW(pruner(25, 0, -1), InputError);
}

}  // namespace
}  // namespace o2v::search
