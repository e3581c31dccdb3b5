#include "model/neighbors/neighbor_index.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>

#include "search/study/errors.hpp"
#include "tests/model/neighbors/vectors.hpp"
#include "tests/model/temporary_folder.hpp"

// faiss leaves behind what it had read of a damaged file when it throws.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() {
    return "leak:faiss::read_index\n";
}

namespace o2v::model {
namespace {

const std::vector<float> kFour = {1, 0, 3, 3, 0, 2, 0, 0};  // (1, 0) (3, 3) (0, 2) (0, 0)
const std::vector<float> kQuery = {2, 0};

std::vector<Neighbor> nearest(Metric metric) {
    IndexOptions options;
    options.metric = metric;
    const NeighborIndex index({kFour.data(), 4, 2}, options);
    EXPECT_EQ(index.kind(), IndexKind::exact);
    return index.search({kQuery.data(), 1, 2}, 10).front();
}

void expect_found(const std::vector<Neighbor>& found, const std::vector<Neighbor>& expected) {
    ASSERT_EQ(found.size(), expected.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
        EXPECT_EQ(found[i].item, expected[i].item) << "place " << i;
        EXPECT_FLOAT_EQ(found[i].score, expected[i].score) << "place " << i;
    }
}

TEST(NeighborIndex, RanksByEachMetric) {
    expect_found(nearest(Metric::cosine), {{0, 1}, {1, std::sqrt(0.5f)}, {2, 0}, {3, 0}});
    expect_found(nearest(Metric::inner_product), {{1, 6}, {0, 2}, {2, 0}, {3, 0}});
    expect_found(nearest(Metric::l2), {{0, 1}, {3, 2}, {2, std::sqrt(8.0f)}, {1, std::sqrt(10.0f)}});
}

TEST(NeighborIndex, GivesItsVectorsBack) {
    for (const Metric metric : {Metric::cosine, Metric::inner_product, Metric::l2}) {
        IndexOptions options;
        options.metric = metric;
        const NeighborIndex index({kFour.data(), 4, 2}, options);
        for (std::int64_t row = 0; row < 4; ++row) {
            const std::vector<float> vector = index.vector(row);
            for (std::size_t i = 0; i < 2; ++i)
                EXPECT_NEAR(vector[i], kFour[static_cast<std::size_t>(row) * 2 + i], 1e-6);
        }
    }
}

struct GraphTest : testing::TestWithParam<Metric> {
    Vectors all = clustered(3200, 16, 20, 0.7f, 1);
    Rows items{all.values.data(), 3000, 16}, queries{all.values.data() + 3000 * 16, 200, 16};
    NeighborIndex build(std::int64_t exact_up_to) const {
        IndexOptions options;
        options.metric = GetParam();
        options.exact_up_to = exact_up_to;
        return {items, options};
    }
};
INSTANTIATE_TEST_SUITE_P(Metrics, GraphTest,
                         testing::Values(Metric::cosine, Metric::inner_product, Metric::l2),
                         [](const auto& param) { return std::string(name_of(param.param)); });

TEST_P(GraphTest, FindsAlmostAllNeighbours) {
    const NeighborIndex graph = build(2999), exact = build(3000);
    EXPECT_EQ(graph.kind(), IndexKind::hnsw);
    EXPECT_EQ(exact.kind(), IndexKind::exact);
    EXPECT_GE(graph.recall(queries, 10), 0.97);
    EXPECT_EQ(exact.recall(queries, 10), 1);
    const auto by_graph = graph.search_exactly(queries, 10), by_looking = exact.search(queries, 10);
    for (std::size_t i = 0; i < by_graph.size(); ++i) expect_found(by_graph[i], by_looking[i]);
}

TEST_P(GraphTest, AnswersAreTheSameHoweverManyAreAskedTogether) {
    for (const std::int64_t exact_up_to : {2999, 3000}) {
        const NeighborIndex index = build(exact_up_to);
        const auto together = index.search(queries, 10);
        for (std::int64_t i = 0; i < queries.count; ++i)
            expect_found(index.search({queries.values + i * 16, 1, 16}, 10).front(),
                         together[static_cast<std::size_t>(i)]);
    }
}

TEST_P(GraphTest, IsReadBackAsItWas) {
    const TemporaryFolder folder;
    for (const std::int64_t exact_up_to : {2999, 3000}) {
        const NeighborIndex index = build(exact_up_to);
        index.write(folder.file("vectors.index"));
        const NeighborIndex read(folder.file("vectors.index"));
        EXPECT_EQ(read.kind(), index.kind());
        EXPECT_EQ(read.metric(), GetParam());
        EXPECT_EQ(read.count(), 3000);
        EXPECT_EQ(read.dim(), 16);
        EXPECT_EQ(read.vector(17), index.vector(17));
        const auto before = index.search(queries, 5), after = read.search(queries, 5);
        for (std::size_t i = 0; i < before.size(); ++i) expect_found(after[i], before[i]);
    }
}

TEST(NeighborIndex, SaysWhichFileIsNone) {
    const TemporaryFolder folder;
    const auto message = [&](const std::string& path) -> std::string {
        try {
            const NeighborIndex index(path);
        } catch (const StorageError& error) {
            return error.what();
        }
        return "";
    };
    EXPECT_NE(message(folder.file("none")).find("none: cannot open"), std::string::npos);
    EXPECT_NE(message(folder.write("other", "{\"format\": 1}")).find("is no index"), std::string::npos);
    const NeighborIndex index({kFour.data(), 4, 2}, {});
    index.write(folder.file("whole"));
    const std::string whole = folder.read("whole");
    for (const std::size_t size : {std::size_t{20}, std::size_t{30}, whole.size() / 2, whole.size() - 1}) {
        EXPECT_NE(message(folder.write("cut", whole.substr(0, size))).find("cut: damaged"), std::string::npos)
            << size << " bytes";
    }
}

}  // namespace
}  // namespace o2v::model
