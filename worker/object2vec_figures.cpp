#include "worker/object2vec_figures.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <utility>

#include "model/evaluation/classification.hpp"
#include "search/study/errors.hpp"

namespace o2v::worker {
namespace {

using protocol::Figure;
using protocol::FigureKind;
using Figures = std::vector<Figure>;

constexpr std::uint64_t kRankingSeed = 1;  // as `o2v-tune evaluate` has it
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

Figures of_kind(const Figures& figures, FigureKind kind) {
    Figures some;
    std::copy_if(figures.begin(), figures.end(), std::back_inserter(some),
                 [kind](const Figure& figure) { return figure.info->kind == kind; });
    return some;
}

// outputs [rows, classes], logits. Missing: the figure is not defined on these labels.
std::optional<double> value_of(const Figure& figure, const model::Classification& found) {
    if (figure.info->name == "f1_macro") return found.macro_f1.value;
    if (figure.info->name == "f1_weighted") return found.weighted_f1.value;
    if (figure.info->name == "calibration_error") return found.calibration_error.value;
    return found.roc_auc ? std::optional(found.roc_auc->value) : std::nullopt;
}

double mean_of(const Figure& figure, const std::vector<model::Placement>& placements) {
    double sum = 0;
    for (const model::Placement& placement : placements) {
        if (figure.info->name == "hits")
            sum += model::hits(placement, figure.k);
        else if (figure.info->name == "ndcg")
            sum += model::ndcg(placement, figure.k);
        else if (figure.info->name == "mrr")
            sum += model::reciprocal_rank(placement);
        else
            sum += model::rank(placement);
    }
    return sum / static_cast<double>(placements.size());
}

// How much a pair belongs together: the probability of a class above 0, or the value. [rows]
torch::Tensor scores_of(const torch::Tensor& outputs, const model::Options& options) {
    if (options.output_layer != model::OutputLayer::softmax) return outputs.squeeze(1).contiguous();
    return torch::softmax(outputs, 1).narrow(1, 1, outputs.size(1) - 1).sum(1).contiguous();
}

// The least of the values that a share q of them does not exceed. REQUIRES: sorted, not empty.
double quantile(const std::vector<double>& sorted, double q) {
    const auto rank = static_cast<std::size_t>(std::ceil(q * static_cast<double>(sorted.size())));
    return sorted[std::max<std::size_t>(rank, 1) - 1];
}

}  // namespace

FigureMeter::FigureMeter(const protocol::StartTrial& trial, const model::Options& options, JudgedSets sets,
                         std::function<bool()> stop)
    : trial_(trial), sets_(sets), stop_(std::move(stop)) {
    const FigureKind foreign = options.output_layer == model::OutputLayer::softmax
                                   ? FigureKind::regression
                                   : FigureKind::classification;
    const auto add = [this](const Figure& figure) {
        const bool twice = std::any_of(asked_.begin(), asked_.end(), [&](const Figure& other) {
            return name_of(other) == name_of(figure);
        });
        const bool no_data =
            (figure.set == "validation" && !sets_.validation) || (figure.set == "test" && !sets_.test);
        if (!twice && !no_data) asked_.push_back(figure);
    };
    for (const std::string& metric : trial.asked_metrics) {
        auto figure = protocol::figure_of(metric);
        if (!figure || figure->info->kind == foreign) continue;
        add(*figure);
        if (figure->set != "validation") continue;
        figure->set = "test";
        add(*figure);
    }
}

const data::Dataset& FigureMeter::set(const std::string& name) const {
    return name == "test" ? *sets_.test : *sets_.validation;
}

const std::string& FigureMeter::path(const std::string& set) const {
    return set == "test" ? trial_.data.test : trial_.data.validation;
}

model::Metrics FigureMeter::of_epoch(model::Object2Vec& model) {
    Figures figures;
    for (const Figure& figure : asked_)
        if (figure.set == "validation" && name_of(figure) == trial_.goal.metric) figures.push_back(figure);
    model::Metrics metrics;
    const bool done = evaluate(model, "validation", figures, metrics) &&
                      rank(model, "validation", of_kind(figures, FigureKind::retrieval), metrics);
    return done ? metrics : model::Metrics{};
}

model::Metrics FigureMeter::of_kept(model::Object2Vec& model, model::Metrics known) {
    for (const char* name : {"validation", "test"}) {
        const bool is_test = name == std::string("test");
        if (is_test ? !sets_.test : !sets_.validation) continue;
        Figures missing;
        for (const Figure& figure : asked_)
            if (figure.set == name && !known.contains(name_of(figure))) missing.push_back(figure);
        const Figures ranked = of_kind(missing, FigureKind::retrieval);
        if (is_test || ranked.size() < missing.size()) {
            if (!evaluate(model, name, missing, known)) return {};
        }
        if (!rank(model, name, ranked, known)) return {};
    }
    return time(model, of_kind(asked_, FigureKind::latency), known) ? known : model::Metrics{};
}

// Each of these adds to `metrics`; false after a stop.

bool FigureMeter::evaluate(model::Object2Vec& model, const std::string& set_name, const Figures& figures,
                           model::Metrics& metrics) {
    const data::Dataset& data = set(set_name);
    const Figures of_classes = of_kind(figures, FigureKind::classification);
    torch::Tensor outputs;
    const model::Metrics found =
        model::evaluate(model, data, set_name, stop_, of_classes.empty() ? nullptr : &outputs);
    if (found.empty()) return false;
    metrics.insert(found.begin(), found.end());
    for (const Figure& figure : of_kind(figures, FigureKind::regression))
        metrics[name_of(figure)] = std::sqrt(found.at(set_name + ":mean_squared_error"));
    if (of_classes.empty()) return true;

    const torch::Tensor probabilities = torch::softmax(outputs, 1).contiguous();
    if (!torch::isfinite(probabilities).all().item<bool>()) {
        for (const Figure& figure : of_classes) metrics[name_of(figure)] = kNaN;
        return true;
    }
    const std::vector<std::int32_t> labels(data.labels.begin(), data.labels.end());
    const std::span<const float> scores(probabilities.data_ptr<float>(),
                                        static_cast<std::size_t>(probabilities.numel()));
    model::BootstrapOptions no_intervals;
    no_intervals.resamples = 0;
    const model::Classification quality =
        model::evaluate_classification(scores, labels, probabilities.size(1), no_intervals);
    for (const Figure& figure : of_classes) {
        const auto value = value_of(figure, quality);
        if (!value)
            throw InputError(
                path(set_name), "",
                "has no class with rows of its own beside others: there is no " + name_of(figure));
        metrics[name_of(figure)] = *value;
    }
    return true;
}

bool FigureMeter::rank(model::Object2Vec& model, const std::string& set_name, const Figures& figures,
                       model::Metrics& metrics) {
    if (figures.empty()) return true;
    const data::Dataset& data = set(set_name);
    const auto [at, is_new] = tasks_.try_emplace(set_name);
    model::RankingTask& task = at->second;
    if (is_new)
        task = model::draw_ranking(
            data, [](float label) { return label > protocol::kRightAbove; }, protocol::kRankedCandidates,
            protocol::kRankedQueries, kRankingSeed);
    if (task.queries.empty())
        throw InputError(path(set_name), "",
                         "has no pair with a label above 0: there is no " + name_of(figures.front()));

    const torch::NoGradGuard no_grad;
    const torch::Device device = model.device();
    const auto embed = [&](int side, const std::vector<std::int64_t>& rows) {
        return model::embeddings_of(model, side, model::sequences_of(data, side, rows)).to(device);
    };
    const torch::Tensor in0 = embed(0, task.queries), truth = embed(1, task.queries);
    // The pool's encodings, and behind them the right one of the query at hand.
    const torch::Tensor in1 = torch::cat({embed(1, task.pool), truth.narrow(0, 0, 1)});
    const auto ranking = model::rank_by(task, [&](std::int64_t query) -> std::vector<float> {
        if (stop_()) return {};
        in1.select(0, in1.size(0) - 1).copy_(truth.select(0, query));
        const torch::Tensor scores =
            scores_of(model::outputs_of_embeddings(model, in0.narrow(0, query, 1), in1), model.options());
        return {scores.data_ptr<float>(), scores.data_ptr<float>() + scores.numel()};
    });
    if (!ranking) return false;
    if (ranking->most < 2)
        throw InputError(
            path(set_name), "",
            "has no other in1 to rank beside the right one: there is no " + name_of(figures.front()));
    for (const Figure& figure : figures) metrics[name_of(figure)] = mean_of(figure, ranking->placements);
    return true;
}

bool FigureMeter::time(model::Object2Vec& model, const Figures& figures, model::Metrics& metrics) {
    if (figures.empty()) return true;
    const data::Dataset& data = sets_.validation ? *sets_.validation : *sets_.train;
    std::vector<double> milliseconds;
    for (std::int64_t i = 0; i < protocol::kWarmUpAnswers + protocol::kTimedAnswers; ++i) {
        if (stop_()) return false;
        const std::vector<std::int64_t> row{i % data.size()};
        const data::Sequences in0 = model::sequences_of(data, 0, row),
                              in1 = model::sequences_of(data, 1, row);
        const auto started = std::chrono::steady_clock::now();
        model::outputs_of(model, in0, in1);  // on the CPU, hence after all that a GPU has to do
        const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - started;
        if (i >= protocol::kWarmUpAnswers) milliseconds.push_back(took.count());
    }
    std::sort(milliseconds.begin(), milliseconds.end());
    for (const Figure& figure : figures)
        metrics[name_of(figure)] = quantile(milliseconds, figure.info->name == "latency_p50_ms" ? 0.5 : 0.99);
    return true;
}

}  // namespace o2v::worker
