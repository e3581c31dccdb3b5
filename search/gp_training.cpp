#include "search/gp_training.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>

#include "search/curve.hpp"
#include "search/output_warp.hpp"

namespace o2v::search {
namespace {

using Eigen::Index;

// More are too slow to learn from. Of the study's own the lower rungs of trials that have a higher one go
// first, then all but the best and the newest; prior trials get what those leave.
constexpr std::size_t kMostCurvePoints = 200, kMostPoints = 400;

struct Row {
    Assignment params;
    std::vector<double> losses;  // one a goal; NaN = failed
    double resource = 1;
    int study = 0;
    const Trial* trial = nullptr;
    bool last = true;  // of its trial
};

int studies_of(const StudySpec& spec) {
    int most = 0;
    if (spec.warm_start == WarmStart::transfer)
        for (const PriorTrial& prior : spec.prior) most = std::max(most, prior.study + 1);
    return most + 1;
}

std::vector<Row> prior_rows(const StudySpec& spec) {
    std::vector<Row> rows;
    if (!spec.more_goals.empty()) return rows;  // another study's value is of one goal
    for (const PriorTrial& prior : spec.prior) {
        Assignment params = spec.space.complete(prior.params);
        if (!spec.space.fits(params)) continue;
        rows.push_back({std::move(params),
                        {as_loss(spec.goal, prior.value)},
                        1,
                        spec.warm_start == WarmStart::transfer ? prior.study + 1 : 0,
                        nullptr,
                        true});
    }
    return rows;
}

// A trial's best loss after 1, 3, 9, ... epochs and after its last.
void add_curve(const Observation& one, const Study& study, std::vector<Row>& rows) {
    const auto epochs = std::ssize(one.trial->curve);
    const auto add = [&](std::int64_t epoch, bool last) {
        const Goal& goal = study.spec().goal;
        const double best = best_of_first(epoch, *one.trial, goal).value_or(std::nan(""));
        rows.push_back(
            {one.trial->params, {as_loss(goal, best)}, resource_of(study, epoch), 0, one.trial, last});
    };
    for (std::int64_t rung = 1; rung < epochs; rung *= 3) add(rung, false);
    if (one.kind == Observation::Kind::completed)
        rows.push_back({one.trial->params, {one.loss}, 1, 0, one.trial, true});
    else if (epochs > 0)
        add(epochs, true);
}

// Half of `most` rows by their first loss, the other half the last ones, in their order.
void keep(std::vector<Row>& rows, std::size_t most) {
    if (rows.size() <= most) return;
    std::vector<std::size_t> order(rows.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    const auto loss = [&](std::size_t i) {
        const double value = rows[i].losses.front();
        return std::isnan(value) ? std::numeric_limits<double>::infinity() : value;
    };
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return loss(a) < loss(b); });
    std::vector<bool> kept(rows.size(), false);
    for (std::size_t i = 0; i < most / 2; ++i) kept[order[i]] = true;
    std::size_t left = most - most / 2;
    for (std::size_t i = rows.size(); i-- > 0 && left > 0;)
        if (!kept[i]) {
            kept[i] = true;
            --left;
        }
    std::vector<Row> few;
    for (std::size_t i = 0; i < rows.size(); ++i)
        if (kept[i]) few.push_back(std::move(rows[i]));
    rows = std::move(few);
}

std::vector<Row> own_rows(const Study& study, std::optional<std::size_t> ended) {
    const bool curves = is_multi_fidelity(study.spec());
    std::vector<bool> among(study.trials().size(), !ended);
    if (ended)
        for (std::size_t i = 0; i < *ended; ++i) among[static_cast<std::size_t>(study.ended()[i])] = true;
    std::vector<Row> rows;
    for (const Observation& one : observations(study)) {
        if (!among[static_cast<std::size_t>(one.trial->id)]) continue;
        if (one.kind == Observation::Kind::failed) {
            const std::vector<double> none(study.goals().size(), std::nan(""));
            rows.push_back({one.trial->params, none, 1, 0, one.trial, true});
        } else if (curves) {
            add_curve(one, study, rows);
        } else if (one.kind != Observation::Kind::pending) {
            std::vector<double> losses;
            for (const Goal& goal : study.goals())
                losses.push_back(as_loss(goal, one.trial->value(goal).value_or(std::nan(""))));
            rows.push_back({one.trial->params, std::move(losses), 1, 0, one.trial, true});
        }
    }
    if (curves && rows.size() > kMostCurvePoints)
        std::erase_if(rows, [](const Row& row) { return !row.last; });
    keep(rows, curves ? kMostCurvePoints : kMostPoints);
    return rows;
}

// The rows' warped losses, each study's apart.
std::vector<double> warped_losses(const std::vector<Row>& rows, const std::vector<double>& weights,
                                  int studies) {
    std::vector<double> all(rows.size(), 0.0);
    for (int study = 0; study < studies; ++study) {
        std::vector<std::size_t> members;
        for (std::size_t i = 0; i < rows.size(); ++i)
            if (rows[i].study == study) members.push_back(i);
        std::vector<double> scalar(members.size(), -std::numeric_limits<double>::infinity());
        for (std::size_t g = 0; g < weights.size(); ++g) {
            std::vector<double> losses;
            for (const std::size_t i : members) losses.push_back(rows[i].losses[g]);
            std::vector<double> warped = warp_losses(losses);
            if (weights.size() == 1) {
                scalar = std::move(warped);
                break;
            }
            const double least = warped.empty() ? 0 : *std::min_element(warped.begin(), warped.end());
            for (std::size_t k = 0; k < members.size(); ++k)
                scalar[k] = std::max(scalar[k], weights[g] * (warped[k] - least));
        }
        if (weights.size() > 1) scalar = warp_losses(scalar);
        for (std::size_t k = 0; k < members.size(); ++k) all[members[k]] = scalar[k];
    }
    return all;
}

}  // namespace

bool is_multi_fidelity(const StudySpec& spec) {
    return spec.pruner.type != "none" && spec.more_goals.empty();
}

double resource_of(const Study& study, std::int64_t epochs) {
    const StudySpec& spec = study.spec();
    std::int64_t most = spec.pruner.max_epochs;
    if (most == 0) most = planned_epochs(spec, {}).value_or(0);
    if (most == 0)
        for (const Trial& trial : study.trials())
            most = std::max<std::int64_t>(most, std::ssize(trial.curve));
    return std::min(1.0, std::log1p(static_cast<double>(epochs)) /
                             std::log1p(static_cast<double>(std::max<std::int64_t>(most, 1))));
}

GpTraining::GpTraining(const Study& study, std::optional<std::size_t> ended,
                       const std::vector<double>& weights)
    : inputs_(study.spec().space, is_multi_fidelity(study.spec()), studies_of(study.spec())) {
    std::vector<Row> rows = own_rows(study, ended);
    std::vector<Row> prior = prior_rows(study.spec());
    keep(prior, kMostPoints - rows.size());
    std::move(prior.begin(), prior.end(), std::back_inserter(rows));
    const std::vector<double> losses = warped_losses(rows, weights, studies_of(study.spec()));
    X.resize(static_cast<Index>(inputs_.layout().columns()), std::ssize(rows));
    y.resize(std::ssize(rows));
    std::vector<std::size_t> order(rows.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    for (const std::size_t i : order) {
        X.col(static_cast<Index>(i)) = inputs_(rows[i].params, rows[i].resource, rows[i].study);
        y[static_cast<Index>(i)] = losses[i];
    }
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return losses[a] < losses[b]; });
    for (const std::size_t i : order) {
        if (!rows[i].trial && rows[i].study == 0) prior_.push_back(std::move(rows[i].params));
        if (rows[i].trial && rows[i].last) trials_.push_back(rows[i].trial);
    }
}

}  // namespace o2v::search
