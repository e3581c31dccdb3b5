#include "model/evaluation/ranking.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "model/data/sample.hpp"

namespace o2v::model {
namespace {

using Tokens = std::vector<std::int32_t>;

Tokens tokens_of(const data::Dataset& data, int side, std::int64_t row) {
    const auto ids = data.side[side][row];
    return {ids.begin(), ids.end()};
}

std::vector<std::int64_t> drawn(const std::vector<std::int64_t>& from, std::int64_t most,
                                std::uint64_t seed) {
    std::vector<std::int64_t> chosen;
    for (const std::int64_t i : data::sample_of(static_cast<std::int64_t>(from.size()), most, seed))
        chosen.push_back(from[static_cast<std::size_t>(i)]);
    return chosen;
}

}  // namespace

RankingTask draw_ranking(const data::Dataset& data, const std::function<bool(float)>& right,
                         std::int64_t candidates, std::int64_t queries, std::uint64_t seed) {
    std::map<Tokens, std::set<Tokens>> belongs;  // in0 -> the right in1
    std::set<Tokens> known;
    std::vector<std::int64_t> pairs, different;
    for (std::int64_t row = 0; row < data.size(); ++row) {
        const Tokens in1 = tokens_of(data, 1, row);
        if (right(data.labels[static_cast<std::size_t>(row)]) &&
            belongs[tokens_of(data, 0, row)].insert(in1).second)
            pairs.push_back(row);
        if (known.insert(in1).second) different.push_back(row);
    }
    RankingTask task;
    task.candidates = candidates;
    task.pairs = static_cast<std::int64_t>(pairs.size());
    task.queries = drawn(pairs, queries, seed);
    task.pool = drawn(different, candidates, seed + 1);
    std::vector<Tokens> pool;
    for (const std::int64_t row : task.pool) pool.push_back(tokens_of(data, 1, row));
    for (const std::int64_t row : task.queries) {
        const std::set<Tokens>& own = belongs.at(tokens_of(data, 0, row));
        std::vector<bool> excluded(pool.size());
        for (std::size_t i = 0; i < pool.size(); ++i) excluded[i] = own.contains(pool[i]);
        task.excluded.push_back(std::move(excluded));
    }
    return task;
}

data::Sequences sequences_of(const data::Dataset& data, int side, const std::vector<std::int64_t>& rows) {
    data::Sequences sequences;
    for (const std::int64_t row : rows) sequences.append(data.side[side][row]);
    return sequences;
}

std::optional<Ranking> rank_by(const RankingTask& task,
                               const std::function<std::vector<float>(std::int64_t)>& scores) {
    Ranking ranking;
    for (std::size_t query = 0; query < task.queries.size(); ++query) {
        const std::vector<float> all = scores(static_cast<std::int64_t>(query));
        if (all.empty()) return std::nullopt;
        std::vector<float> ranked{all.back()};
        for (std::size_t i = 0;
             i < task.pool.size() && static_cast<std::int64_t>(ranked.size()) < task.candidates; ++i)
            if (!task.excluded[query][i]) ranked.push_back(all[i]);
        const auto count = static_cast<std::int64_t>(ranked.size());
        ranking.fewest = query == 0 ? count : std::min(ranking.fewest, count);
        ranking.most = std::max(ranking.most, count);
        ranking.placements.push_back(place(ranked, 0));
    }
    return ranking;
}

}  // namespace o2v::model
