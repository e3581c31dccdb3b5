#include "worker/answers/evaluate.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "model/inference.hpp"
#include "model/predictor.hpp"
#include "search/study/errors.hpp"
#include "worker/answers/evaluation_report.hpp"
#include "worker/answers/items.hpp"
#include "worker/answers/ranking.hpp"

namespace o2v::answers {
namespace {

constexpr std::int64_t kRowsAtOnce = 16384;

// A row a pair.
std::vector<float> scores_of(const model::Predictor& predictor, const data::Dataset& data) {
    std::vector<float> scores;
    for (std::int64_t begin = 0; begin < data.size(); begin += kRowsAtOnce) {
        data::Sequences in[2];
        for (std::int64_t row = begin; row < std::min(data.size(), begin + kRowsAtOnce); ++row)
            for (int side = 0; side < 2; ++side) in[side].append(data.side[side][row]);
        const model::Matrix rows = predictor.scores(in[0], in[1]);
        scores.insert(scores.end(), rows.values.begin(), rows.values.end());
    }
    return scores;
}

RankingReport rank(const model::Predictor& predictor, const data::Dataset& data,
                   const EvaluateOptions& options) {
    const std::int64_t column = ranking_column(predictor.options(), options.relevant);
    RankingReport report;
    std::function<bool(float)> right;
    if (predictor.options().output_layer == model::OutputLayer::softmax) {
        report.right = fmt::format("label {}", column);
        right = [column](float label) { return static_cast<std::int64_t>(label) == column; };
    } else {
        if (!options.has_relevant_from)
            throw InputError(
                "--relevant-from", "",
                "is needed: the model gives a value, so which labels mean that a pair belongs together?");
        report.right = fmt::format("a label of at least {}", options.relevant_from);
        right = [from = options.relevant_from](float label) { return label >= from; };
    }
    const model::RankingTask task =
        model::draw_ranking(data, right, options.retrieval, options.queries, options.seed);
    if (task.queries.empty())
        throw InputError(options.data, "", "has no pair with " + report.right + ": nothing can be ranked");
    const model::Ranking ranking = rank_by_scores(predictor, data, task, column);
    if (ranking.most < 2) throw InputError(options.data, "", "has no other in1 to rank beside the right one");
    report.figures =
        model::evaluate_retrieval(ranking.placements, options.hits, {options.resamples, options.seed});
    report.fewest = ranking.fewest;
    report.most = ranking.most;
    report.pairs = task.pairs;
    return report;
}

}  // namespace

void evaluate(const EvaluateOptions& options) {
    const model::Predictor predictor(options.path(), options.device);
    const data::Dataset data = data::read_jsonl(options.data, model::limits_of(predictor.options()));
    const std::vector<float> scores = scores_of(predictor, data);
    EvaluationReport report;
    report.model = options.model;
    report.data = options.data;
    report.resamples = options.resamples;
    report.labels = predictor.labels();
    const model::BootstrapOptions bootstrap{options.resamples, options.seed};
    if (predictor.options().output_layer == model::OutputLayer::softmax) {
        const std::vector<std::int32_t> labels(data.labels.begin(), data.labels.end());
        report.classification =
            model::evaluate_classification(scores, labels, predictor.options().num_classes, bootstrap);
    } else {
        report.regression = model::evaluate_regression(scores, data.labels, bootstrap);
    }
    if (options.retrieval > 0) report.ranking = rank(predictor, data, options);
    fmt::print("{}", options.json ? to_json(report) : to_text(report));
}

}  // namespace o2v::answers
