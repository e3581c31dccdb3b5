#include "worker/answers/neighbors.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "worker/answers/items.hpp"

namespace o2v::answers {

using nlohmann::json;

void neighbors(const NeighborsOptions& options) {
    const model::ItemIndex items = open_index(options.path(), options.index, options.side);
    const model::Predictor predictor(options.path(), options.device);
    const int side = options.query_side < 0 ? options.side : options.query_side;
    const model::Matrix asked = predictor.embed(side, typed(predictor, options.query, side, "--query"));
    const model::Rows rows{asked.values.data(), asked.rows, asked.columns};
    const auto found =
        options.exact ? items.index.search_exactly(rows, options.k) : items.index.search(rows, options.k);
    for (std::size_t query = 0; query < found.size(); ++query) {
        json list = json::array();
        if (!options.json) fmt::print("{}\n", options.query[query]);
        for (const model::Neighbor& neighbor : found[query]) {
            const std::string& name = items.items.names[static_cast<std::size_t>(neighbor.item)];
            if (options.json)
                list.push_back({{"item", neighbor.item}, {"name", name}, {"score", neighbor.score}});
            else
                fmt::print("  {:8.4f}  {}\n", neighbor.score, name);
        }
        if (options.json) {
            const json line{{"query", options.query[query]},
                            {"metric", name_of(items.index.metric())},
                            {"neighbors", list}};
            fmt::print("{}\n", line.dump(-1, ' ', false, json::error_handler_t::replace));
        } else {
            fmt::print("\n");
        }
    }
}

}  // namespace o2v::answers
