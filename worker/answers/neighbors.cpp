#include "worker/answers/neighbors.hpp"

#include <nlohmann/json.hpp>

#include "worker/answers/found_items.hpp"
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
        std::vector<FoundItem> list;
        for (const model::Neighbor& neighbor : found[query])
            list.push_back(
                {neighbor.item, &items.items.names[static_cast<std::size_t>(neighbor.item)], neighbor.score});
        const std::string& text = options.query[query];
        if (options.json)
            print_found(json{{"query", text}, {"metric", name_of(items.index.metric())}}, "neighbors", list);
        else
            print_found(text, list);
    }
}

}  // namespace o2v::answers
