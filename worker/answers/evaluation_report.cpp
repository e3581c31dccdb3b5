#include "worker/answers/evaluation_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace o2v::answers {
namespace {

using model::Estimate;
using nlohmann::json;

constexpr std::int64_t kWidestConfusion = 10;  // classes; of more the largest confusions are listed
constexpr std::size_t kListedConfusions = 10;

std::string label_of(const EvaluationReport& report, std::size_t index) {
    return index < report.labels.size() ? report.labels[index] : std::to_string(index);
}

class Text {
  public:
    explicit Text(const EvaluationReport& report) : report_(report) {}

    void classification(const model::Classification& found) {
        share("accuracy", found.accuracy);
        number("cross entropy", found.cross_entropy);
        share("macro F1", found.macro_f1);
        share("weighted F1", found.weighted_f1);
        share("macro precision", found.macro_precision);
        share("macro recall", found.macro_recall);
        if (found.roc_auc) number("ROC-AUC", *found.roc_auc);
        number("calibration error", found.calibration_error);
        classes(found);
        if (static_cast<std::int64_t>(found.classes.size()) <= kWidestConfusion)
            confusion(found);
        else
            confusions(found);
    }

    void regression(const model::Regression& found) {
        number("mean squared error", found.mean_squared_error);
        number("root of it", found.root_mean_squared_error);
        number("mean absolute error", found.mean_absolute_error);
        number("Pearson correlation", found.pearson);
    }

    void ranking(const RankingReport& found) {
        text_ += fmt::format(
            "\nRanking: for {} of the {} pairs with {}, in0's score with its in1 among those with {} in1,\n"
            "drawn from the file; other right in1 of the same in0 are left out, equal scores count as their "
            "mean.\n\n",
            found.figures.queries, found.pairs, found.right,
            found.fewest == found.most ? fmt::format("{}", found.most - 1)
                                       : fmt::format("{} to {}", found.fewest - 1, found.most - 1));
        for (const auto& [k, hits] : found.figures.hits) share(fmt::format("hits@{}", k), hits);
        number("MRR", found.figures.mean_reciprocal_rank);
        number("mean rank", found.figures.mean_rank);
        number("NDCG", found.figures.ndcg);
    }

    std::string take() { return std::move(text_); }

  private:
    void line(const std::string& name, const std::string& value, const std::string& interval) {
        text_ += fmt::format("  {:<20} {:>10}", name, value);
        if (report_.resamples > 0) text_ += fmt::format("   {}", interval);
        text_ += '\n';
    }
    void share(const std::string& name, const Estimate& e) {
        line(name, fmt::format("{:.2f} %", 100 * e.value),
             fmt::format("{:.2f} to {:.2f} %", 100 * e.low, 100 * e.high));
    }
    void number(const std::string& name, const Estimate& e) {
        line(name, fmt::format("{:.4f}", e.value), fmt::format("{:.4f} to {:.4f}", e.low, e.high));
    }

    void classes(const model::Classification& found) {
        std::size_t width = 5;
        for (std::size_t c = 0; c < found.classes.size(); ++c)
            width = std::max(width, label_of(report_, c).size());
        text_ += fmt::format("\n  {:<{}} {:>8} {:>9} {:>10} {:>8} {:>8} {:>8}\n", "class", width, "rows",
                             "predicted", "precision", "recall", "F1", "AUC");
        for (std::size_t c = 0; c < found.classes.size(); ++c) {
            const model::ClassQuality& quality = found.classes[c];
            text_ += fmt::format(
                "  {:<{}} {:>8} {:>9} {:>8.1f} % {:>6.1f} % {:>6.1f} % {:>8}\n", label_of(report_, c), width,
                quality.rows, quality.predicted, 100 * quality.precision.value, 100 * quality.recall.value,
                100 * quality.f1.value, quality.roc_auc ? fmt::format("{:.4f}", *quality.roc_auc) : "-");
        }
    }

    void confusion(const model::Classification& found) {
        const std::size_t n = found.classes.size();
        text_ += "\n  label \\ predicted";
        for (std::size_t c = 0; c < n; ++c) text_ += fmt::format(" {:>9.9}", label_of(report_, c));
        text_ += '\n';
        for (std::size_t label = 0; label < n; ++label) {
            text_ += fmt::format("  {:<17.17}", label_of(report_, label));
            for (std::size_t c = 0; c < n; ++c)
                text_ += fmt::format(" {:>9}", found.confusion[label * n + c]);
            text_ += '\n';
        }
    }

    void confusions(const model::Classification& found) {
        const std::size_t n = found.classes.size();
        std::vector<std::size_t> cells;
        for (std::size_t cell = 0; cell < found.confusion.size(); ++cell)
            if (cell / n != cell % n && found.confusion[cell] > 0) cells.push_back(cell);
        std::stable_sort(cells.begin(), cells.end(), [&](std::size_t a, std::size_t b) {
            return found.confusion[a] > found.confusion[b];
        });
        cells.resize(std::min(cells.size(), kListedConfusions));
        text_ += "\n  most often confused (all of it: --json)\n";
        for (const std::size_t cell : cells)
            text_ += fmt::format("  {:>8}  {} taken for {}\n", found.confusion[cell],
                                 label_of(report_, cell / n), label_of(report_, cell % n));
    }

    const EvaluationReport& report_;
    std::string text_;
};

class Document {
  public:
    explicit Document(const EvaluationReport& report) : report_(report) {}

    json estimate(const Estimate& e) const {
        json found{{"value", e.value}};
        if (report_.resamples > 0) {
            found["low"] = e.low;
            found["high"] = e.high;
        }
        return found;
    }

    json classification(const model::Classification& found) const {
        json classes = json::array(), bins = json::array(), confusion = json::array();
        const std::size_t n = found.classes.size();
        for (std::size_t c = 0; c < n; ++c) {
            const model::ClassQuality& quality = found.classes[c];
            json one{{"label", label_of(report_, c)},      {"rows", quality.rows},
                     {"predicted", quality.predicted},     {"precision", estimate(quality.precision)},
                     {"recall", estimate(quality.recall)}, {"f1", estimate(quality.f1)}};
            if (quality.roc_auc) one["roc_auc"] = *quality.roc_auc;
            classes.push_back(std::move(one));
            confusion.push_back(std::vector<std::int64_t>(
                found.confusion.begin() + static_cast<std::ptrdiff_t>(c * n),
                found.confusion.begin() + static_cast<std::ptrdiff_t>((c + 1) * n)));
        }
        for (const model::CalibrationBin& bin : found.calibration)
            bins.push_back({{"rows", bin.rows}, {"confidence", bin.confidence}, {"accuracy", bin.accuracy}});
        json metrics{{"accuracy", estimate(found.accuracy)},
                     {"cross_entropy", estimate(found.cross_entropy)},
                     {"f1_macro", estimate(found.macro_f1)},
                     {"f1_weighted", estimate(found.weighted_f1)},
                     {"precision_macro", estimate(found.macro_precision)},
                     {"recall_macro", estimate(found.macro_recall)},
                     {"calibration_error", estimate(found.calibration_error)}};
        if (found.roc_auc) metrics["roc_auc"] = estimate(*found.roc_auc);
        return {{"rows", found.rows},
                {"metrics", metrics},
                {"classes", classes},
                {"confusion", confusion},
                {"calibration", bins}};
    }

    json regression(const model::Regression& found) const {
        return {{"rows", found.rows},
                {"metrics",
                 {{"mean_squared_error", estimate(found.mean_squared_error)},
                  {"root_mean_squared_error", estimate(found.root_mean_squared_error)},
                  {"mean_absolute_error", estimate(found.mean_absolute_error)},
                  {"pearson", estimate(found.pearson)}}}};
    }

    json ranking(const RankingReport& found) const {
        json metrics{{"mrr", estimate(found.figures.mean_reciprocal_rank)},
                     {"mean_rank", estimate(found.figures.mean_rank)},
                     {"ndcg", estimate(found.figures.ndcg)}};
        for (const auto& [k, hits] : found.figures.hits) metrics[fmt::format("hits@{}", k)] = estimate(hits);
        return {{"queries", found.figures.queries},
                {"pairs", found.pairs},
                {"candidates", {found.fewest, found.most}},
                {"right", found.right},
                {"metrics", metrics}};
    }

  private:
    const EvaluationReport& report_;
};

}  // namespace

std::string to_text(const EvaluationReport& report) {
    Text text(report);
    const std::int64_t rows = report.classification ? report.classification->rows : report.regression->rows;
    std::string head = fmt::format("{} on {} pairs of {}", report.model, rows, report.data);
    if (report.resamples > 0) head += fmt::format("; 95 % intervals from {} resamples", report.resamples);
    if (report.classification) text.classification(*report.classification);
    if (report.regression) text.regression(*report.regression);
    if (report.ranking) text.ranking(*report.ranking);
    return head + "\n\n" + text.take();
}

std::string to_json(const EvaluationReport& report) {
    const Document document(report);
    json found{{"model", report.model}, {"data", report.data}, {"resamples", report.resamples}};
    if (report.classification) found["classification"] = document.classification(*report.classification);
    if (report.regression) found["regression"] = document.regression(*report.regression);
    if (report.ranking) found["retrieval"] = document.ranking(*report.ranking);
    return found.dump(-1, ' ', false, json::error_handler_t::replace) + '\n';
}

}  // namespace o2v::answers
