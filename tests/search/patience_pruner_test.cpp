#include "search/patience_pruner.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "search/study/errors.hpp"
#include "tests/search/study/histories.hpp"

namespace o2v::search {
namespace {

using namespace o2v::testing;
using Kind = Verdict::Kind;
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

PatiencePruner pruner(int patience, double min_delta = 0, int warmup = 0) {
    PrunerOptions options;
    options.patience = patience;
    options.min_delta = min_delta;
    options.warmup_epochs = warmup;
    return PatiencePruner(options);
}

Verdict on(const std::vector<double>& curve, const PatiencePruner& pruner,
           Direction direction = Direction::minimize) {
    Study study(spec_of(SearchSpace(), direction));
    const TrialId id = run(study, curve);
    return pruner.judge(study.trial(id), study);
}

TEST(PatiencePruner, StopsAfterSoManyEpochsWithoutABetterOne) {
    EXPECT_EQ(on({3, 2, 2.5}, pruner(2)).kind, Kind::go_on);
    EXPECT_EQ(on({3, 2, 2.5, 1.9, 2, 2}, pruner(3)).kind, Kind::go_on) << "it had improved again";
    EXPECT_EQ(on({3, 2, 2, 2}, pruner(2)).kind, Kind::stop) << "equal is no improvement";
    EXPECT_EQ(on({3, 2, 2.5, 2.25}, pruner(2)).reason,
              "validation:loss 2 of epoch 1 has not improved in 2 epochs");
}

TEST(PatiencePruner, SaysWhyATrialGoesOn) {
    EXPECT_EQ(on({3, 2}, pruner(2)).reason, "validation:loss 2 of epoch 1 is the best so far");
    EXPECT_EQ(on({3, 2, 2}, pruner(2)).reason,
              "validation:loss 2 of epoch 1 has not improved in 1 epoch, less than 2");
    EXPECT_EQ(on({kNaN}, pruner(2)).reason, "validation:loss has been no number in 1 epoch, less than 2");
    EXPECT_EQ(on({9}, pruner(1, 0, 3)).reason, "within the warm-up of 3 epochs");
}

TEST(PatiencePruner, MaximisesToo) {
    EXPECT_EQ(on({1, 2, 3}, pruner(1), Direction::maximize).kind, Kind::go_on);
    EXPECT_EQ(on({1, 2, 2}, pruner(1), Direction::maximize).kind, Kind::stop);
}

TEST(PatiencePruner, SmallStepsAddUpToAnImprovement) {
    EXPECT_EQ(on({1, 0.95, 0.9, 0.85}, pruner(3, 0.1)).kind, Kind::go_on) << "0.85 is, against 1";
    EXPECT_EQ(on({1, 0.95, 0.9, 0.9}, pruner(3, 0.125)).kind, Kind::stop);
    EXPECT_EQ(on({1, 0.95}, pruner(1, 0.5)).reason,
              "validation:loss 1 of epoch 0 has not improved by more than 0.5 in 1 epoch");
}

TEST(PatiencePruner, WaitsForTheWarmUp) {
    EXPECT_EQ(on({1, 1, 1}, pruner(1, 0, 3)).kind, Kind::go_on);
    EXPECT_EQ(on({1, 1, 1, 1}, pruner(1, 0, 3)).kind, Kind::stop);
}

TEST(PatiencePruner, NaNNeverImprovesAndANumberAlwaysDoes) {
    EXPECT_EQ(on({kNaN, 5}, pruner(1)).kind, Kind::go_on);
    EXPECT_EQ(on({5, kNaN}, pruner(1)).kind, Kind::stop);
    EXPECT_EQ(on({kNaN, kNaN}, pruner(2)).reason, "validation:loss has been no number in 2 epochs");
}

TEST(PatiencePruner, EpochsThatDidNotReportArePassedOver) {
    Study study(spec_of(SearchSpace()));
    const TrialId id = run(study, {1});
    for (std::int64_t e = 1; e < 9; ++e) study.apply(Reported{id, 1, measured(e, 7, "train:loss")});
    EXPECT_EQ(pruner(1).judge(study.trial(id), study).kind, Kind::go_on);
    study.apply(Reported{id, 1, measured(9, 2)});
    EXPECT_EQ(pruner(1).judge(study.trial(id), study).kind, Kind::stop);
}

TEST(PatiencePruner, DecidesWhereTheWarmUpIsOverAndPatienceMayBe) {
    const StudySpec spec = spec_of(SearchSpace());
    EXPECT_FALSE(pruner(3).decides(Trial{}, 1, spec));
    EXPECT_TRUE(pruner(3).decides(Trial{}, 2, spec)) << "three that were no number";
    EXPECT_FALSE(pruner(3, 0, 5).decides(Trial{}, 4, spec));
    EXPECT_TRUE(pruner(3, 0, 5).decides(Trial{}, 5, spec));
}

TEST(PatiencePruner, RefusesOptionsOutOfRange) {
    EXPECT_THROW(pruner(0), InputError);
    EXPECT_THROW(pruner(1, -0.1), InputError);
    EXPECT_THROW(pruner(1, kNaN), InputError);
    EXPECT_THROW(pruner(1, std::numeric_limits<double>::infinity()), InputError);
    EXPECT_THROW(pruner(1, 0, -1), InputError);
}

}  // namespace
}  // namespace o2v::search
