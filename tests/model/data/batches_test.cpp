#include "model/data/batches.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "model/data/buckets.hpp"
#include "search/study/assignment.hpp"
#include "search/study/errors.hpp"

namespace o2v::data {
namespace {

using testing::ElementsAre;

// Row i holds in0 = [i, ...], in1 = [1000 + i, ...] with lengths 1..9, label i.
Dataset numbered(std::int64_t n) {
    Pairs pairs;
    Rng rng(4);
    for (std::int64_t i = 0; i < n; ++i) {
        for (int side = 0; side < 2; ++side) {
            auto& sequences = pairs.side[side];
            const std::uint64_t length = 1 + uniform_index(rng, 9);
            sequences.tokens.insert(sequences.tokens.end(), length,
                                    static_cast<std::int32_t>(1000 * side + i));
            sequences.offsets.push_back(static_cast<std::int64_t>(sequences.tokens.size()));
        }
        pairs.labels.push_back(static_cast<float>(i + 1));
    }
    return pairs;
}

TEST(EpochBatches, EveryRowOnceInTheFewestBatches) {
    const Dataset dataset = numbered(103);
    const EpochBatches batches(dataset, {10, 0, 0}, 1);
    ASSERT_EQ(batches.size(), 11);
    EXPECT_EQ(batches.rows(), 103);
    std::set<std::int32_t> seen;
    Batch batch;
    for (std::int64_t i = 0; i < batches.size(); ++i) {
        batches.get(i, batch);
        EXPECT_EQ(batch.size(), i < 10 ? 10 : 3);
        EXPECT_EQ(batch.labels.size(), static_cast<std::size_t>(batch.size()));
        for (std::int64_t b = 0; b < batch.size(); ++b) {
            const std::int32_t row = batch.side[0][b][0];
            EXPECT_TRUE(seen.insert(row).second);
            EXPECT_EQ(batch.side[1][b][0], 1000 + row);
            EXPECT_EQ(batch.side[0][b].size(), dataset.side[0][row].size());
            EXPECT_EQ(batch.labels[static_cast<std::size_t>(b)], static_cast<float>(row + 1));
        }
    }
    EXPECT_EQ(seen.size(), 103u);
}

TEST(EpochBatches, TheSeedDecides) {
    const Dataset dataset = numbered(50);
    const BatchOptions options{8, 3, 2};
    EXPECT_EQ(EpochBatches(dataset, options, 1).plan(), EpochBatches(dataset, options, 1).plan());
    EXPECT_NE(EpochBatches(dataset, options, 1).plan(), EpochBatches(dataset, options, 2).plan());
}

// The order is part of what a seed means: it must not change between platforms or versions.
TEST(EpochBatches, TheOrderIsFixed) {
    const Dataset dataset = numbered(8);
    std::vector<std::int32_t> order;
    const EpochBatches batches(dataset, {8, 0, 0}, 7);
    for (const auto& row : batches.plan()) order.push_back(row.in0);
    EXPECT_THAT(order, ElementsAre(2, 3, 5, 6, 1, 0, 4, 7));
}

TEST(EpochBatches, BucketsKeepSimilarLengthsTogether) {
    const Dataset dataset = numbered(200);
    const EpochBatches batches(dataset, {16, 3, 0}, 1);
    const auto buckets = make_buckets(3, dataset);
    std::set<std::int32_t> seen;
    std::vector<std::size_t> order;
    Batch batch;
    for (std::int64_t i = 0; i < batches.size(); ++i) {
        batches.get(i, batch);
        std::set<std::size_t> of_batch;
        for (std::int64_t b = 0; b < batch.size(); ++b) {
            seen.insert(batch.side[0][b][0]);
            of_batch.insert(find_bucket(buckets, static_cast<std::int64_t>(batch.side[0][b].size()),
                                        static_cast<std::int64_t>(batch.side[1][b].size())));
        }
        EXPECT_EQ(of_batch.size(), 1u);
        order.push_back(*of_batch.begin());
    }
    EXPECT_EQ(seen.size(), 200u);
    EXPECT_FALSE(std::is_sorted(order.begin(), order.end()));
}

TEST(EpochBatches, NegativesMultiplyTheBatches) {
    const Dataset dataset = numbered(103);
    const EpochBatches plain(dataset, {10, 0, 0}, 1), batches(dataset, {10, 0, 3}, 1);
    EXPECT_EQ(batches.size(), 4 * plain.size());
    EXPECT_EQ(batches.rows(), 4 * 103);
    std::map<std::int32_t, int> pairs, negatives;
    Batch batch;
    int mixed = 0;
    for (std::int64_t i = 0; i < batches.size(); ++i) {
        batches.get(i, batch);
        int positive = 0;
        for (std::int64_t b = 0; b < batch.size(); ++b) {
            const std::int32_t row = batch.side[0][b][0], other = batch.side[1][b][0] - 1000;
            const float label = batch.labels[static_cast<std::size_t>(b)];
            if (row == other) {
                ++pairs[row];
                ++positive;
                EXPECT_EQ(label, static_cast<float>(row + 1));
            } else {
                ++negatives[row];
                EXPECT_EQ(label, 0);
            }
        }
        mixed += positive > 0 && positive < batch.size() ? 1 : 0;
    }
    EXPECT_EQ(pairs.size(), 103u);
    for (const auto& [row, count] : pairs) EXPECT_EQ(count, 1);
    for (const auto& [row, count] : negatives) EXPECT_EQ(count, 3);
    EXPECT_GT(mixed, batches.size() / 2);
}

// Each of the other 4 rows is drawn for a negative equally often: chi-square with 3 degrees of freedom per
// row, seed fixed; 5 rows above 21.1 (p = 1e-4) would be a false alarm once in 2,000 seeds.
TEST(EpochBatches, NegativesAreUniform) {
    const Dataset dataset = numbered(5);
    std::map<std::pair<int, int>, int> counts;
    const EpochBatches batches(dataset, {5, 0, 1000}, 3);
    for (const auto& row : batches.plan()) ++counts[{row.in0, row.in1}];
    for (int row = 0; row < 5; ++row) {
        double chi_square = 0;
        for (int other = 0; other < 5; ++other) {
            if (other != row) chi_square += std::pow(counts[{row, other}] - 250, 2) / 250;
        }
        EXPECT_LT(chi_square, 21.1);
    }
}

TEST(EpochBatches, NegativesNeedAnotherRow) {
    const Dataset dataset = numbered(1);
    EXPECT_THROW(EpochBatches(dataset, {5, 0, 1}, 3), InputError);
    EXPECT_EQ(EpochBatches(dataset, {5, 0, 0}, 3).size(), 1);
}

// Sockeye 1.15, define_parallel_buckets with its minimum of 2 not reached.
TEST(Buckets, FollowSockeye) {
    EXPECT_THAT(make_buckets(10, 25, 25, 1.0), ElementsAre(Bucket{10, 10}, Bucket{20, 20}, Bucket{25, 25}));
    EXPECT_THAT(make_buckets(10, 25, 50, 2.0),
                ElementsAre(Bucket{5, 10}, Bucket{10, 20}, Bucket{15, 30}, Bucket{20, 40}, Bucket{25, 50}));
    EXPECT_THAT(make_buckets(10, 30, 9, 0.5), ElementsAre(Bucket{10, 5}, Bucket{20, 9}, Bucket{30, 9}));
}

TEST(Buckets, TheFirstThatTakesBothLengths) {
    const auto buckets = make_buckets(10, 25, 50, 2.0);
    EXPECT_EQ(find_bucket(buckets, 5, 10), 0u);
    EXPECT_EQ(find_bucket(buckets, 5, 11), 1u);
    EXPECT_EQ(find_bucket(buckets, 25, 1), 4u);
}

}  // namespace
}  // namespace o2v::data
