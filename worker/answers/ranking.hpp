// How high a model ranks the in1 that belongs to an in0, among others of the same file.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "model/data/dataset.hpp"
#include "model/evaluation/retrieval.hpp"
#include "model/predictor.hpp"

namespace o2v::answers {

struct RankingTask {
    // Distinct right pairs, by the row where they stand first.
    std::vector<std::int64_t> queries;        // the rows asked: their in0 -> their in1
    std::vector<std::int64_t> pool;           // rows whose in1 are the candidates, all different
    std::vector<std::vector<bool>> excluded;  // by query and place in the pool: another right in1, or its own
    std::int64_t pairs = 0;                   // of which `queries` were drawn
};

// Draws `candidates` different in1 of the data, and up to `queries` of its different pairs whose label is
// `right`. The same for the same seed. Other in1 that are right for a query's in0 do not stand against it.
RankingTask draw_ranking(const data::Dataset& data, const std::function<bool(float)>& right,
                         std::int64_t candidates, std::int64_t queries, std::uint64_t seed);

struct Ranking {
    std::vector<model::Placement> placements;  // of each query
    std::int64_t fewest = 0, most = 0;         // candidates of a query, the right one among them
};

// Scores are those of `column`. REQUIRES: task.queries is not empty.
Ranking rank_by_scores(const model::Predictor& predictor, const data::Dataset& data, const RankingTask& task,
                       std::int64_t candidates, std::int64_t column);

}  // namespace o2v::answers
