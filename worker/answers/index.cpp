#include "worker/answers/index.hpp"

#include <fmt/format.h>

#include <chrono>

#include "model/data/sample.hpp"
#include "model/data/shown_path.hpp"
#include "model/neighbors/rows.hpp"
#include "search/study/errors.hpp"
#include "worker/answers/items.hpp"

namespace o2v::answers {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::int64_t kSample = 500;  // items asked for their own neighbours
constexpr std::int64_t kNeighbours = 10;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

}  // namespace

void index(const IndexCommandOptions& options) {
    const std::string folder =
        options.out.empty() ? default_index(options.path(), options.side) : options.out;
    if (model::holds_something_else(folder))
        throw InputError("--out", folder, "is there already and is no index: give another folder");
    const model::Predictor predictor(options.path(), options.device);
    Items items = embed_items(predictor, options.items, options.side, Repeats::left_out);

    auto start = Clock::now();
    model::IndexOptions how;
    how.metric = *model::metric_named(options.metric);
    const model::NeighborIndex index(items.rows(), how);
    const double built = seconds_since(start);
    model::write_index(folder, index,
                       {options.side, model::fingerprint_of_model(options.path()), std::move(items.names),
                        std::move(items.tokens)});

    const auto chosen = data::sample_of(items.size(), kSample, 1);
    const std::vector<float> sample = model::chosen_rows(items.rows(), chosen);
    const auto queries = static_cast<std::int64_t>(chosen.size());
    start = Clock::now();
    for (std::int64_t i = 0; i < queries; ++i)
        index.search({sample.data() + i * index.dim(), 1, index.dim()}, kNeighbours);
    const double asked = seconds_since(start) / static_cast<double>(queries);
    fmt::print("{}: {} items of {} numbers, {}, {}, built in {:.1f} s\n", data::shown_path(folder),
               index.count(), index.dim(), options.metric, name_of(index.kind()), built);
    fmt::print("  recall@{} {:.4f} against exact search, {:.3f} ms a query ({} of the items asked)\n",
               kNeighbours, index.recall({sample.data(), queries, index.dim()}, kNeighbours), 1000 * asked,
               queries);
}

}  // namespace o2v::answers
