#include "model/evaluation/retrieval.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace o2v::model {
namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

TEST(Place, CountsBetterAndEqualOnes) {
    const std::vector<float> scores = {0.5f, 0.9f, 0.5f, 0.1f, 0.5f};
    EXPECT_EQ(place(scores, 0).better, 1);
    EXPECT_EQ(place(scores, 0).tied, 2);
    EXPECT_EQ(place(scores, 1).better, 0);
    EXPECT_EQ(place(scores, 3).better, 4);
}

TEST(Place, NotANumberIsLast) {
    const std::vector<float> scores = {kNaN, 0.1f, kNaN};
    EXPECT_EQ(place(scores, 0).better, 1);
    EXPECT_EQ(place(scores, 0).tied, 1);
    EXPECT_EQ(place(scores, 1).better, 0);
}

TEST(Placement, FiguresAreMeansOverTheOrdersOfTies) {
    const Placement second{1, 0};
    EXPECT_DOUBLE_EQ(hits(second, 1), 0);
    EXPECT_DOUBLE_EQ(hits(second, 2), 1);
    EXPECT_DOUBLE_EQ(reciprocal_rank(second), 0.5);
    EXPECT_DOUBLE_EQ(rank(second), 2);
    EXPECT_DOUBLE_EQ(ndcg(second), 1 / std::log2(3));
    const Placement tied{1, 2};  // rank 2, 3 or 4
    EXPECT_DOUBLE_EQ(hits(tied, 1), 0);
    EXPECT_DOUBLE_EQ(hits(tied, 3), 2.0 / 3);
    EXPECT_DOUBLE_EQ(hits(tied, 10), 1);
    EXPECT_DOUBLE_EQ(reciprocal_rank(tied), (1.0 / 2 + 1.0 / 3 + 1.0 / 4) / 3);
    EXPECT_DOUBLE_EQ(rank(tied), 3);
    EXPECT_DOUBLE_EQ(ndcg(second, 1), 0);
    EXPECT_DOUBLE_EQ(ndcg(second, 2), ndcg(second));
    EXPECT_DOUBLE_EQ(ndcg(tied, 3), (1 / std::log2(3) + 1 / std::log2(4)) / 3);
}

TEST(Retrieval, AModelThatTellsNothingApartIsAtChance) {
    const std::vector<Placement> placements(50, place(std::vector<float>(100, 0.5f), 7));
    const std::int64_t ks[] = {1, 10};
    const Retrieval got = evaluate_retrieval(placements, ks, {100, 1});
    EXPECT_NEAR(got.hits.at(1).value, 0.01, 1e-12);
    EXPECT_NEAR(got.hits.at(10).value, 0.1, 1e-12);
    EXPECT_NEAR(got.mean_rank.value, 50.5, 1e-9);
    EXPECT_NEAR(got.hits.at(10).high, 0.1, 1e-12) << "all queries are alike: there is no spread";
}

TEST(Retrieval, MeansAndIntervalsOverQueries) {
    const std::vector<Placement> placements = {{0, 0}, {1, 0}, {4, 0}, {0, 0}};
    const std::int64_t ks[] = {1, 3};
    const Retrieval got = evaluate_retrieval(placements, ks, {500, 3});
    EXPECT_EQ(got.queries, 4);
    EXPECT_DOUBLE_EQ(got.hits.at(1).value, 0.5);
    EXPECT_DOUBLE_EQ(got.hits.at(3).value, 0.75);
    EXPECT_DOUBLE_EQ(got.mean_reciprocal_rank.value, (1 + 0.5 + 0.2 + 1) / 4);
    EXPECT_DOUBLE_EQ(got.mean_rank.value, 9.0 / 4);
    EXPECT_LT(got.hits.at(1).low, 0.5);
    EXPECT_GT(got.hits.at(1).high, 0.5);
}

}  // namespace
}  // namespace o2v::model
