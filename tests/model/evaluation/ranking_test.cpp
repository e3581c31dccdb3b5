#include "model/evaluation/ranking.hpp"

#include <gtest/gtest.h>

#include <set>

namespace o2v::model {
namespace {

// Row i: in0 = {i % 3}, in1 = {i % 10}, right where both are even.
data::Dataset pairs(int rows) {
    data::Pairs pairs;
    for (std::int32_t i = 0; i < rows; ++i) {
        const std::int32_t in0 = i % 3, in1 = i % 10;
        pairs.side[0].append(std::vector{in0});
        pairs.side[1].append(std::vector{in1});
        pairs.labels.push_back(in0 % 2 == 0 && in1 % 2 == 0 ? 1.0f : 0.0f);
    }
    return pairs;
}

bool is_right(float label) {
    return label > 0;
}

TEST(Ranking, DrawsDifferentRightPairsAndDifferentCandidates) {
    const data::Dataset data = pairs(90);
    const RankingTask task = draw_ranking(data, is_right, 100, 100, 1);
    EXPECT_EQ(task.pairs, 10) << "two in0, five in1 each";
    EXPECT_EQ(task.queries.size(), 10u);
    EXPECT_EQ(task.pool.size(), 10u);
    std::set<std::int32_t> candidates;
    for (const std::int64_t row : task.pool) candidates.insert(data.side[1][row][0]);
    EXPECT_EQ(candidates.size(), 10u);
    for (const auto& excluded : task.excluded)
        EXPECT_EQ(std::count(excluded.begin(), excluded.end(), true), 5) << "all that are right for its in0";
    EXPECT_EQ(draw_ranking(data, is_right, 4, 3, 1).queries, draw_ranking(data, is_right, 4, 3, 1).queries);
    EXPECT_EQ(draw_ranking(data, is_right, 4, 3, 1).pool.size(), 4u);
}

TEST(Ranking, PlacesTheRightOneAmongThoseThatAreWrong) {
    const data::Dataset data = pairs(90);
    const RankingTask task = draw_ranking(data, is_right, 100, 100, 1);
    // A wrong in1 is better the higher it is; the right one beats 1, 3 and 5.
    const auto scores = [&](std::int64_t) {
        std::vector<float> all;
        for (const std::int64_t row : task.pool) all.push_back(static_cast<float>(data.side[1][row][0]));
        all.push_back(6);
        return all;
    };
    const Ranking ranking = rank_by(task, scores).value();
    EXPECT_EQ(ranking.placements.size(), 10u);
    EXPECT_EQ(ranking.fewest, 6) << "the five odd in1 and the right one";
    EXPECT_EQ(ranking.most, 6);
    for (const Placement& placement : ranking.placements) EXPECT_EQ(placement.better, 2);
    EXPECT_FALSE(rank_by(task, [](std::int64_t) { return std::vector<float>{}; }));
}

}  // namespace
}  // namespace o2v::model
