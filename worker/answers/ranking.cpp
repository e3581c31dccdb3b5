#include "worker/answers/ranking.hpp"

#include <algorithm>

namespace o2v::answers {

model::Ranking rank_by_scores(const model::Predictor& predictor, const data::Dataset& data,
                              const model::RankingTask& task, std::int64_t column) {
    const model::Matrix in0 = predictor.embed(0, model::sequences_of(data, 0, task.queries));
    const model::Matrix truth = predictor.embed(1, model::sequences_of(data, 1, task.queries));
    // The pool's rows, and behind them the right one of the query at hand.
    model::Matrix in1 = predictor.embed(1, model::sequences_of(data, 1, task.pool));
    ++in1.rows;
    in1.values.resize(static_cast<std::size_t>(in1.rows * in1.columns));
    return *model::rank_by(task, [&](std::int64_t query) {
        std::copy(truth[query].begin(), truth[query].end(), in1.values.end() - in1.columns);
        const model::Matrix one{1, in0.columns, {in0[query].begin(), in0[query].end()}};
        const model::Matrix scores = predictor.scores_of_embeddings(one, in1);
        std::vector<float> of_column;
        for (std::int64_t i = 0; i < in1.rows; ++i)
            of_column.push_back(scores[i][static_cast<std::size_t>(column)]);
        return of_column;
    });
}

}  // namespace o2v::answers
