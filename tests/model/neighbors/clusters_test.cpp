#include "model/neighbors/clusters.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "model/data/sample.hpp"
#include "model/neighbors/principal_axes.hpp"
#include "tests/model/neighbors/vectors.hpp"

namespace o2v::model {
namespace {

TEST(Clusters, FindTheCentresThatThereAre) {
    const Vectors vectors = clustered(600, 8, 5, 0.1f, 3);
    const Clustering found = cluster(vectors.rows(), 5);
    ASSERT_EQ(found.count(), 5);
    std::set<std::pair<std::int32_t, std::int32_t>> pairs;
    for (std::size_t i = 0; i < 600; ++i) pairs.emplace(vectors.centre[i], found.cluster[i]);
    EXPECT_EQ(pairs.size(), 5u) << "one cluster a centre";
    EXPECT_TRUE(std::is_sorted(found.sizes.rbegin(), found.sizes.rend()));
    const Clustering again = cluster(vectors.rows(), 5);
    EXPECT_EQ(again.cluster, found.cluster);
    EXPECT_EQ(again.centroids, found.centroids);
}

TEST(Clusters, TheNumberIsChosenBySilhouette) {
    const Vectors vectors = clustered(500, 8, 6, 0.15f, 4);
    const SilhouetteSample sample(vectors.rows());
    const ChosenClustering chosen = cluster_by_silhouette(vectors.rows(), sample, 14);
    EXPECT_EQ(chosen.clustering.count(), 6);
    ASSERT_EQ(chosen.tried.size(), 11u);  // 2 to 10, 12, 14
    EXPECT_EQ(chosen.tried[4].first, 6);
    EXPECT_GT(chosen.tried[4].second, 0.75);
}

TEST(Clusters, EqualRowsFillFewerThanAskedFor) {
    const std::vector<float> values = {1, 1, 2, 2, 1, 1, 2, 2};
    const Clustering found = cluster({values.data(), 4, 2}, 3);
    EXPECT_EQ(found.count(), 2);
    EXPECT_EQ(found.cluster[0], found.cluster[2]);
    EXPECT_NE(found.cluster[0], found.cluster[1]);
    EXPECT_EQ(found.cluster[0], 0) << "of two clusters of a size the one with the first row is first";
}

TEST(Clusters, TheMostTypicalAreNearestToTheMean) {
    const std::vector<float> values = {0, 1, 5, 2.5f};
    const Clustering found = cluster({values.data(), 4, 1}, 1);
    EXPECT_FLOAT_EQ(found.centroids[0], 2.125f);
    EXPECT_EQ(most_typical({values.data(), 4, 1}, found, 0, 3), (std::vector<std::int64_t>{3, 1, 0}));
    EXPECT_EQ(most_typical({values.data(), 4, 1}, found, 0, 9).size(), 4u);
}

TEST(Silhouette, OfFourPointsByHand) {
    const std::vector<float> values = {0, 1, 4, 9};
    const SilhouetteSample sample({values.data(), 4, 1});
    const std::vector<std::int32_t> two = {0, 0, 1, 1};
    // a: 1, 1, 5, 5; b: 6.5, 5.5, 3.5, 8.5.
    EXPECT_NEAR(sample.silhouette(two), (5.5 / 6.5 + 4.5 / 5.5 - 1.5 / 5 + 3.5 / 8.5) / 4, 1e-6);
    const std::vector<std::int32_t> alone = {0, 0, 0, 1};
    // a: 2.5, 2, 3.5, none; b: 9, 8, 5.
    EXPECT_NEAR(sample.silhouette(alone), (6.5 / 9 + 6.0 / 8 + 1.5 / 5 + 0) / 4, 1e-6);
    EXPECT_EQ(sample.silhouette(std::vector<std::int32_t>{0, 0, 0, 0}), 0);
}

TEST(Silhouette, OfASampleIsNearThatOfAllRows) {
    const Vectors vectors = clustered(3000, 6, 4, 0.5f, 5);
    const double all = SilhouetteSample(vectors.rows(), 3000).silhouette(vectors.centre);
    const double some = SilhouetteSample(vectors.rows(), 600).silhouette(vectors.centre);
    EXPECT_NEAR(some, all, 0.03);
    EXPECT_NE(some, all);
}

TEST(Sample, DrawsEachRowAtMostOnce) {
    const auto some = data::sample_of(1000, 100, 1);
    EXPECT_EQ(some.size(), 100u);
    EXPECT_EQ(std::set<std::int64_t>(some.begin(), some.end()).size(), 100u);
    EXPECT_TRUE(std::is_sorted(some.begin(), some.end()));
    EXPECT_LT(some.front(), 100);
    EXPECT_GE(some.back(), 900);
    EXPECT_EQ(data::sample_of(3, 100, 1), (std::vector<std::int64_t>{0, 1, 2}));
}

TEST(PrincipalAxes, AreWhereTheRowsDiffer) {
    // Along (3, 4) / 5 by up to 10, along (-4, 3) / 5 by up to 1, around (7, -2).
    std::vector<float> values;
    for (int i = -10; i <= 10; ++i) {
        const double along = i, across = i % 2 == 0 ? 1 : -1;
        values.push_back(static_cast<float>(7 + (3 * along - 4 * across) / 5));
        values.push_back(static_cast<float>(-2 + (4 * along + 3 * across) / 5));
    }
    const Projection got = principal_axes({values.data(), 21, 2});
    const double mean_across = 1.0 / 21;  // eleven ones, ten minus ones
    for (int i = -10; i <= 10; ++i) {
        const auto& point = got.points[static_cast<std::size_t>(i + 10)];
        EXPECT_NEAR(point[0], i, 0.01);
        EXPECT_NEAR(std::abs(point[1]), std::abs((i % 2 == 0 ? 1 : -1) - mean_across), 0.01);
    }
    EXPECT_NEAR(got.explained[0], 770.0 / (770 + 21 - 1.0 / 21), 1e-3);
    EXPECT_NEAR(got.explained[0] + got.explained[1], 1, 1e-5);
}

TEST(PrincipalAxes, OfManyDimensionsHoldTheMostVariance) {
    Vectors vectors = clustered(2000, 40, 1, 0.1f, 6);
    for (std::int64_t row = 0; row < 2000; ++row) {
        vectors.values[static_cast<std::size_t>(row * 40 + 17)] *= 20;
        vectors.values[static_cast<std::size_t>(row * 40 + 33)] *= 40;
    }
    const Projection got = principal_axes(vectors.rows());
    const double whole = 38 + 400 + 1600;
    EXPECT_NEAR(got.explained[0], 1600 / whole, 0.03);
    EXPECT_NEAR(got.explained[1], 400 / whole, 0.03);
}

TEST(PrincipalAxes, OfEqualRowsAreNone) {
    const std::vector<float> values = {1, 2, 1, 2, 1, 2};
    const Projection got = principal_axes({values.data(), 3, 2});
    EXPECT_EQ(got.points[2][0], 0);
    EXPECT_EQ(got.explained[0], 0);
}

}  // namespace
}  // namespace o2v::model
