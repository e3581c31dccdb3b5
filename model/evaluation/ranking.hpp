// How high the in1 that belongs to an in0 is ranked among others of the same pairs: what is asked, and how
// the answers count.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "model/data/dataset.hpp"
#include "model/evaluation/retrieval.hpp"

namespace o2v::model {

struct RankingTask {
    // Distinct right pairs, by the row where they stand first.
    std::vector<std::int64_t> queries;        // the rows asked: their in0 -> their in1
    std::vector<std::int64_t> pool;           // rows whose in1 are the candidates, all different
    std::vector<std::vector<bool>> excluded;  // by query and place in the pool: another right in1, or its own
    std::int64_t pairs = 0;                   // of which `queries` were drawn
    std::int64_t candidates = 0;              // at most so many stand against each other, the right one among
                                              // them
};

// Draws `candidates` different in1 of the data, and up to `queries` of its different pairs whose label is
// `right`. The same for the same seed. Other in1 that are right for a query's in0 do not stand against it.
RankingTask draw_ranking(const data::Dataset& data, const std::function<bool(float)>& right,
                         std::int64_t candidates, std::int64_t queries, std::uint64_t seed);

// The sequences of one side of these rows.
data::Sequences sequences_of(const data::Dataset& data, int side, const std::vector<std::int64_t>& rows);

struct Ranking {
    std::vector<Placement> placements;  // of each query
    std::int64_t fewest = 0, most = 0;  // candidates of a query, the right one among them
};

// `scores` gives a query's (a place in task.queries): the pool's in order, and last that of its right in1; an
// empty answer ends it, and then there is no ranking. REQUIRES: task.queries is not empty.
std::optional<Ranking> rank_by(const RankingTask& task,
                               const std::function<std::vector<float>(std::int64_t)>& scores);

}  // namespace o2v::model
