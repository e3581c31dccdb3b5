#include "worker/answers/recommend.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>
#include <set>

#include "search/study/errors.hpp"
#include "worker/answers/answers.hpp"
#include "worker/answers/found_items.hpp"
#include "worker/answers/items.hpp"
#include "worker/answers/streamed.hpp"

namespace o2v::answers {
namespace {

using nlohmann::json;
using Tokens = std::vector<std::int32_t>;

Tokens tokens_of(std::span<const std::int32_t> ids) {
    return {ids.begin(), ids.end()};
}

std::set<Tokens> excluded(const model::Predictor& predictor, const std::string& path) {
    std::set<Tokens> seen;
    const auto in1_of = [](const Chunk& chunk) { return chunk.queries.side(1); };
    const auto add = [&](const data::Sequences& in1) {
        for (std::int64_t row = 0; row < in1.size(); ++row) seen.insert(tokens_of(in1[row]));
    };
    StreamOptions options;
    options.input = path;
    answer_stream(options, rules_of(predictor), in1_of, add);
    if (seen.empty()) throw InputError("--exclude", path, "holds no in1");
    return seen;
}

// The in1 that may be recommended, out of an index or a file.
struct Candidates {
    model::Matrix embeddings;
    std::vector<std::string> names;
    std::vector<bool> allowed;
    std::optional<model::NeighborIndex> index;

    Candidates(const model::Predictor& predictor, const RecommendOptions& options) {
        data::Sequences tokens;
        if (options.items.empty()) {
            model::ItemIndex from = open_index(options.path(), options.index, 1);
            for (std::int64_t row = 0; row < from.index.count(); ++row) {
                const std::vector<float> vector = from.index.vector(row);
                embeddings.values.insert(embeddings.values.end(), vector.begin(), vector.end());
            }
            embeddings.rows = from.index.count();
            embeddings.columns = from.index.dim();
            names = std::move(from.items.names);
            tokens = std::move(from.items.tokens);
            index = std::move(from.index);
        } else {
            Items items = embed_items(predictor, options.items, 1, Repeats::left_out);
            embeddings = std::move(items.embeddings);
            names = std::move(items.names);
            tokens = std::move(items.tokens);
        }
        allowed.assign(static_cast<std::size_t>(tokens.size()), true);
        if (options.exclude.empty()) return;
        const std::set<Tokens> seen = excluded(predictor, options.exclude);
        for (std::int64_t row = 0; row < tokens.size(); ++row)
            allowed[static_cast<std::size_t>(row)] = !seen.contains(tokens_of(tokens[row]));
    }

    // Those to be scored for this in0: all that are allowed, or as many of them near its embedding.
    std::vector<std::int64_t> chosen(std::span<const float> in0, std::int64_t rerank) const {
        std::vector<std::int64_t> rows;
        if (rerank == 0) {
            for (std::int64_t row = 0; row < embeddings.rows; ++row)
                if (allowed[static_cast<std::size_t>(row)]) rows.push_back(row);
            return rows;
        }
        const auto forbidden = std::count(allowed.begin(), allowed.end(), false);
        const model::Rows query{in0.data(), 1, embeddings.columns};
        const auto found = index->search(query, rerank + forbidden);
        for (const model::Neighbor& neighbor : found.front()) {
            if (!allowed[static_cast<std::size_t>(neighbor.item)]) continue;
            rows.push_back(neighbor.item);
            if (static_cast<std::int64_t>(rows.size()) == rerank) break;
        }
        std::sort(rows.begin(), rows.end());  // equal scores are in the items' order, as without an index
        return rows;
    }
};

}  // namespace

void recommend(const RecommendOptions& options) {
    const model::Predictor predictor(options.path(), options.device);
    const std::int64_t column = ranking_column(predictor.options(), options.relevant);
    const model::Matrix asked = predictor.embed(0, typed(predictor, options.in0, 0, "--in0"));
    const Candidates candidates(predictor, options);
    for (std::int64_t query = 0; query < asked.rows; ++query) {
        const std::vector<std::int64_t> rows = candidates.chosen(asked[query], options.rerank);
        const model::Matrix in0{1, asked.columns, {asked[query].begin(), asked[query].end()}};
        model::Matrix scores{0, 1, {}};
        if (static_cast<std::int64_t>(rows.size()) == candidates.embeddings.rows) {
            scores = predictor.scores_of_embeddings(in0, candidates.embeddings);
        } else if (!rows.empty()) {
            model::Matrix in1{static_cast<std::int64_t>(rows.size()), asked.columns, {}};
            in1.values = model::chosen_rows(
                {candidates.embeddings.values.data(), candidates.embeddings.rows, asked.columns}, rows);
            scores = predictor.scores_of_embeddings(in0, in1);
        }
        std::vector<std::int64_t> order(rows.size());
        std::iota(order.begin(), order.end(), std::int64_t{0});
        const auto score = [&](std::int64_t i) { return scores[i][static_cast<std::size_t>(column)]; };
        const auto k = static_cast<std::ptrdiff_t>(
            std::min<std::size_t>(static_cast<std::size_t>(options.k), order.size()));
        std::partial_sort(order.begin(), order.begin() + k, order.end(), [&](std::int64_t a, std::int64_t b) {
            return score(a) != score(b) ? score(a) > score(b) : a < b;
        });
        order.resize(static_cast<std::size_t>(k));

        const std::string& text = options.in0[static_cast<std::size_t>(query)];
        std::vector<FoundItem> list;
        for (const std::int64_t i : order) {
            const std::int64_t item = rows[static_cast<std::size_t>(i)];
            list.push_back({item, &candidates.names[static_cast<std::size_t>(item)], score(i)});
        }
        if (options.json)
            print_found(json{{"in0", text}, {"scored", rows.size()}}, "items", list);
        else
            print_found(
                fmt::format("{}  ({} of {} items scored)", text, rows.size(), candidates.names.size()), list);
    }
}

}  // namespace o2v::answers
