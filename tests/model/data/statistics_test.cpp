#include "model/data/statistics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace o2v::data {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

using Ids = std::vector<std::int32_t>;

Statistics of(const std::vector<double>& labels, const std::vector<Ids>& in0) {
    StatisticsCounter counter;
    for (std::size_t i = 0; i < labels.size(); ++i) counter.add(in0[i % in0.size()], Ids{1, 0}, labels[i]);
    return counter.statistics();
}

TEST(Statistics, CountLengthsAndIds) {
    const Statistics s = of({0, 1, 1, 0}, {{5}, {5, 0, 70000}, {2147483647, 5}, {0, 0, 0}});
    EXPECT_EQ(s.rows, 4);
    EXPECT_THAT(s.tokens, ElementsAre(9, 8));
    EXPECT_THAT(s.min_len, ElementsAre(1, 2));
    EXPECT_THAT(s.max_len, ElementsAre(3, 2));
    EXPECT_THAT(s.max_id, ElementsAre(2147483647, 1));
    EXPECT_THAT(s.distinct_ids, ElementsAre(4, 2));
    EXPECT_THAT(s.padding_ids, ElementsAre(4, 4));
    EXPECT_THAT(s.lengths[0], ElementsAre(Count{1, 1}, Count{2, 1}, Count{3, 2}));
    EXPECT_THAT(s.lengths[1], ElementsAre(Count{2, 4}));
}

TEST(Statistics, QuantilesAndWhatALengthCuts) {
    const Statistics s = of({0, 0, 0, 0}, {{5}, {5, 0, 70000}, {7, 5}, {0, 0, 0}});
    EXPECT_EQ(s.length_quantile(0, 0), 1);
    EXPECT_EQ(s.length_quantile(0, 0.25), 1);
    EXPECT_EQ(s.length_quantile(0, 0.5), 2);
    EXPECT_EQ(s.length_quantile(0, 0.51), 3);
    EXPECT_EQ(s.length_quantile(0, 1), 3);
    EXPECT_EQ(s.longer_than(0, 1), 3);
    EXPECT_EQ(s.longer_than(0, 2), 2);
    EXPECT_EQ(s.longer_than(0, 3), 0);
    EXPECT_EQ(Statistics().length_quantile(0, 0.5), 0);
}

TEST(Statistics, LabelsThatAreClassesAreCounted) {
    const Statistics s = of({2, 0, 2, -1}, {{1}});
    EXPECT_TRUE(s.integer_labels);
    EXPECT_THAT(s.classes, ElementsAre(Count{-1, 1}, Count{0, 1}, Count{2, 2}));
    EXPECT_EQ(s.min_label, -1);
    EXPECT_EQ(s.max_label, 2);
    EXPECT_DOUBLE_EQ(s.mean_label, 0.75);
    EXPECT_DOUBLE_EQ(s.label_deviation * s.label_deviation, (9.0 + 0 + 0) / 4 - 0.75 * 0.75);
}

TEST(Statistics, OtherLabelsAreNot) {
    EXPECT_THAT(of({1, 0.5}, {{1}}).classes, IsEmpty());
    EXPECT_FALSE(of({1, 0.5}, {{1}}).integer_labels);
    EXPECT_THAT(of({1, 1e300}, {{1}}).classes, IsEmpty());
    EXPECT_TRUE(of({1, 1e300}, {{1}}).integer_labels);
    std::vector<double> many(Statistics::kMostClasses);
    for (std::size_t i = 0; i < many.size(); ++i) many[i] = static_cast<double>(i);
    EXPECT_EQ(of(many, {{1}}).classes.size(), many.size());
    many.push_back(-1);
    EXPECT_THAT(of(many, {{1}}).classes, IsEmpty());
}

}  // namespace
}  // namespace o2v::data
