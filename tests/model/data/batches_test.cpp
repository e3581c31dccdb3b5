#include "model/data/batches.hpp"

#include <gtest/gtest.h>

#include <set>

namespace o2v::data {
namespace {

// Row i: in0 = [i + 1], in1 = i % 7 + 1 tokens, label 1.
Dataset rows(int count) {
    Dataset dataset;
    for (int i = 0; i < count; ++i) {
        dataset.side[0].tokens.push_back(i + 1);
        dataset.side[0].offsets.push_back(i + 1);
        for (int k = 0; k <= i % 7; ++k) dataset.side[1].tokens.push_back(i + 1);
        dataset.side[1].offsets.push_back(static_cast<std::int64_t>(dataset.side[1].tokens.size()));
        dataset.labels.push_back(1);
    }
    return dataset;
}

TEST(EpochBatches, EveryPairOnceAndTheLastBatchIsNotFilled) {
    const Dataset dataset = rows(50);
    const EpochBatches epoch(dataset, {16, 0, 0}, 1);
    ASSERT_EQ(epoch.size(), 4);
    std::multiset<std::int32_t> seen;
    Batch batch;
    for (std::int64_t i = 0; i < epoch.size(); ++i) {
        epoch.get(i, batch);
        EXPECT_EQ(batch.size(), i < 3 ? 16 : 2);
        for (std::int64_t r = 0; r < batch.size(); ++r) {
            seen.insert(batch.side[0][r][0]);
            EXPECT_EQ(batch.side[0][r][0], batch.side[1][r][0]) << "both sides of one row";
        }
    }
    EXPECT_EQ(seen.size(), 50U);
    EXPECT_EQ(std::set<std::int32_t>(seen.begin(), seen.end()).size(), 50U);
}

TEST(EpochBatches, AreAFunctionOfTheSeed) {
    const Dataset dataset = rows(200);
    const BatchOptions options{16, 3, 2};
    EXPECT_EQ(EpochBatches(dataset, options, 1).plan(), EpochBatches(dataset, options, 1).plan());
    EXPECT_NE(EpochBatches(dataset, options, 1).plan(), EpochBatches(dataset, options, 2).plan());
}

TEST(EpochBatches, NegativesPairAnotherRowWithLabelZero) {
    const Dataset dataset = rows(40);
    const EpochBatches epoch(dataset, {10, 0, 3}, 1);
    EXPECT_EQ(epoch.rows(), 160);
    EXPECT_EQ(epoch.size(), 16);
    std::int64_t positive = 0;
    Batch batch;
    for (std::int64_t i = 0; i < epoch.size(); ++i) {
        epoch.get(i, batch);
        for (std::int64_t r = 0; r < batch.size(); ++r) {
            const bool own = batch.side[0][r][0] == batch.side[1][r][0];
            EXPECT_EQ(batch.labels[static_cast<std::size_t>(r)], own ? 1.0F : 0.0F);
            positive += own ? 1 : 0;
        }
    }
    EXPECT_EQ(positive, 40);
}

}  // namespace
}  // namespace o2v::data
