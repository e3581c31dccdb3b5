// How high a stored model ranks the in1 that belongs to an in0.
#pragma once

#include <cstdint>

#include "model/evaluation/ranking.hpp"
#include "model/predictor.hpp"

namespace o2v::answers {

// Scores are those of `column`. REQUIRES: task.queries is not empty.
model::Ranking rank_by_scores(const model::Predictor& predictor, const data::Dataset& data,
                              const model::RankingTask& task, std::int64_t column);

}  // namespace o2v::answers
