// neighbors-bench: how long an index of random clustered vectors takes to build and to ask, and what share of
// the true neighbours it finds.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <random>

#include "model/neighbors/neighbor_index.hpp"

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

// Around `centres` random centres, about as far from them as they are from each other.
std::vector<float> clustered(std::int64_t rows, std::int64_t dim, int centres, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::normal_distribution<float> normal;
    std::vector<float> centre(static_cast<std::size_t>(centres * dim));
    for (float& x : centre) x = normal(random);
    std::vector<float> values;
    values.reserve(static_cast<std::size_t>(rows * dim));
    for (std::int64_t row = 0; row < rows; ++row) {
        const auto chosen = static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(centres)) * dim;
        for (std::int64_t i = 0; i < dim; ++i)
            values.push_back(centre[static_cast<std::size_t>(chosen + i)] + 0.7f * normal(random));
    }
    return values;
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"neighbors-bench: an index of random clustered vectors: build time, query time, recall"};
    o2v::model::IndexOptions options;
    std::int64_t rows = 100'000, dim = 128, queries = 1000, k = 10;
    int centres = 100;
    std::string metric = "cosine";
    app.add_option("--rows", rows, "vectors")->check(CLI::PositiveNumber)->capture_default_str();
    app.add_option("--dim", dim, "numbers a vector")->check(CLI::PositiveNumber)->capture_default_str();
    app.add_option("--centres", centres, "clusters")->check(CLI::PositiveNumber)->capture_default_str();
    app.add_option("--queries", queries, "asked one by one")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    app.add_option("--k", k, "neighbours")->check(CLI::PositiveNumber)->capture_default_str();
    app.add_option("--metric", metric, "cosine, ip or l2")->check(CLI::IsMember({"cosine", "ip", "l2"}));
    app.add_option("--exact-up-to", options.exact_up_to, "vectors")->capture_default_str();
    app.add_option("--links", options.links, "HNSW's M")->capture_default_str();
    app.add_option("--build-breadth", options.build_breadth, "efConstruction")->capture_default_str();
    app.add_option("--search-breadth", options.search_breadth, "efSearch")->capture_default_str();
    app.footer("Example:\n  neighbors-bench --rows 100000 --dim 128 --metric l2\n");
    CLI11_PARSE(app, argc, argv);
    options.metric = *o2v::model::metric_named(metric);

    const std::vector<float> all = clustered(rows + queries, dim, centres, 1);
    auto start = Clock::now();
    const o2v::model::NeighborIndex index({all.data(), rows, dim}, options);
    fmt::print("{} x {}, {}, {}: built in {:.1f} s\n", rows, dim, metric, name_of(index.kind()),
               seconds_since(start));
    const o2v::model::Rows asked{all.data() + rows * dim, queries, dim};
    for (const bool exact : {false, true}) {
        start = Clock::now();
        for (std::int64_t i = 0; i < queries; ++i) {
            const o2v::model::Rows one{asked.values + i * dim, 1, dim};
            if ((exact ? index.search_exactly(one, k) : index.search(one, k)).front().empty()) return 1;
        }
        fmt::print("  {}: {:.3f} ms a query\n", exact ? "exact search" : "search",
                   1000 * seconds_since(start) / static_cast<double>(queries));
    }
    fmt::print("  recall@{} {:.4f}\n", k, index.recall(asked, k));
    return 0;
}
