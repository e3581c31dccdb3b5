// The benchmark of the loop plays whole studies.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "orchestrator/bench/scale.hpp"
#include "search/study/errors.hpp"
#include "tests/orchestrator/temporary_folder.hpp"

namespace o2v::bench_scale {
namespace {

class ScaleTest : public testing::Test {
  protected:
    ScaleTest() {
        options_.folder = folder_.path();
        options_.workers = 7;
        options_.trials = 40;
    }
    TemporaryFolder folder_;
    ScaleOptions options_;
};

TEST_F(ScaleTest, EveryTrialIsPlayedAndNothingIsLeft) {
    const ScaleResult result = play(options_);
    EXPECT_EQ(result.trials, 40);
    EXPECT_EQ(result.happenings, 40 * 3) << "two reports and an ending";
    EXPECT_EQ(result.suggestions.size(), 40U);
    EXPECT_TRUE(result.answers.empty());
    EXPECT_GT(result.loop_cpu, 0);
    EXPECT_GT(result.storage_cpu, 0);
    EXPECT_LT(result.cpu(), result.seconds + 0.1);
    EXPECT_GT(result.database_bytes, 10'000);
    EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
}

TEST_F(ScaleTest, MoreWorkersThanTrials) {
    options_.workers = 300;
    EXPECT_EQ(play(options_).trials, 40);
}

TEST_F(ScaleTest, EpochsTakeTheirTime) {
    options_.workers = 20;
    options_.epoch_seconds = 0.05;
    const ScaleResult result = play(options_);
    EXPECT_EQ(result.trials, 40);
    EXPECT_EQ(result.answers.size(), 80U);
    EXPECT_GE(result.seconds, 4 * 0.025);
    for (const double waited : result.answers) EXPECT_GE(waited, 0);
}

TEST_F(ScaleTest, PausedTrialsGoOn) {
    options_.pruner = "asha";
    options_.epochs = 9;
    const ScaleResult result = play(options_);
    EXPECT_EQ(result.trials, 40);
    EXPECT_LT(result.happenings, 40 * 10);
}

TEST_F(ScaleTest, WhatIsNotThere) {
    options_.strategy = "bayes";
    EXPECT_THROW(play(options_), InputError);
    options_.strategy = "random";
    options_.problem = "brainin";
    EXPECT_THROW(play(options_), InputError);
}

TEST(QuantileTest, OfSortedValues) {
    EXPECT_TRUE(std::isnan(quantile({}, 0.5)));
    EXPECT_EQ(quantile({3}, 0.99), 3);
    EXPECT_EQ(quantile({4, 1, 3, 2, 5}, 0.5), 3);
    EXPECT_EQ(quantile({4, 1, 3, 2, 5}, 0), 1);
    EXPECT_EQ(quantile({4, 1, 3, 2, 5}, 1), 5);
}

}  // namespace
}  // namespace o2v::bench_scale
