#include "search/gp.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "search/acquisition.hpp"
#include "search/mixed_search.hpp"
#include "search/observations.hpp"
#include "search/output_warp.hpp"
#include "search/random.hpp"
#include "search/sobol_sequence.hpp"
#include "search/untried.hpp"

namespace o2v::search {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr int kEvaluations = 30;
constexpr std::size_t kGood = 6;  // neighbourhoods looked into

struct Points {
    MatrixXd X;
    VectorXd y;
};

// Hyperparameters are learned anew when the history has grown by a sixteenth.
std::size_t learned_from(std::size_t ended) {
    std::size_t at = std::min<std::size_t>(ended, 16);
    while (at < ended && at + at / 16 <= ended) at += at / 16;
    return at;
}

Points points_of(const std::vector<const Observation*>& seen, const GpInputs& inputs) {
    Points points{MatrixXd(static_cast<Index>(inputs.layout().columns()), std::ssize(seen)),
                  VectorXd(std::ssize(seen))};
    std::vector<double> losses;
    for (const Observation* one : seen)
        losses.push_back(one->kind == Observation::Kind::failed ? std::nan("") : one->loss);
    const std::vector<double> warped = warp_losses(losses);
    for (std::size_t i = 0; i < seen.size(); ++i) {
        points.X.col(static_cast<Index>(i)) = inputs(seen[i]->trial->params);
        points.y[static_cast<Index>(i)] = warped[i];
    }
    return points;
}

}  // namespace

GpSearcher::GpSearcher(const StudySpec& spec)
    : seed_(spec.search.seed), initial_(std::clamp<std::size_t>(spec.space.size() + 1, 4, 8)) {}

const Hyperparameters& GpSearcher::fitted(const Study& study, const GpInputs& inputs) const {
    const std::size_t ended = learned_from(study.ended().size());
    const std::uint64_t key = study.ended_key(ended);
    if (!fitted_.empty() && fitted_.front().key == key && fitted_.front().ended == ended &&
        fitted_.front().space == study.spec().space)
        return fitted_.front().hyperparameters;
    const std::vector<Observation> all = observations(study);
    std::vector<bool> among(study.trials().size(), false);
    for (std::size_t i = 0; i < ended; ++i) among[static_cast<std::size_t>(study.ended()[i])] = true;
    std::vector<const Observation*> seen;
    for (const Observation& one : all)
        if (among[static_cast<std::size_t>(one.trial->id)]) seen.push_back(&one);
    const Points points = points_of(seen, inputs);
    const Hyperparameters typical = Hyperparameters::typical(inputs.layout());
    Hyperparameters shorter = typical;
    shorter.log_length.array() -= 1.5;
    const std::vector<Hyperparameters> starts{typical, shorter};
    fitted_.assign(1, {key, ended, study.spec().space,
                       fit(inputs.layout(), points.X, points.y, starts, kEvaluations)});
    return fitted_.front().hyperparameters;
}

std::optional<Suggestion> GpSearcher::suggest(const Study& study, Rng& rng) const {
    const SearchSpace& space = study.spec().space;
    const std::vector<Observation> all = observations(study);
    std::vector<const Observation*> seen, pending;
    for (const Observation& one : all)
        (one.kind == Observation::Kind::pending ? pending : seen).push_back(&one);
    const GpInputs inputs(space);
    if (seen.size() < initial_ || inputs.features().empty()) {
        std::vector<double> unit(space.size());
        for (int draw = 0; draw < 32; ++draw) {
            if (space.size() <= SobolSequence::kMaxDimensions)
                unit = SobolSequence(space.size(), seed_).point(study.trials().size() + static_cast<std::size_t>(draw));
            else
                for (double& u : unit) u = uniform01(rng);
            if (Assignment params = space.decode(unit); is_open(params, study))
                return Suggestion{std::move(params), "gp: initial design"};
        }
        return as_suggestion(untried_after(unit, study), "gp: initial design");
    }
    Points points = points_of(seen, inputs);
    GaussianProcess process(inputs.layout(), fitted(study, inputs), points.X, points.y);
    const double incumbent = process.predict(points.X).mean.minCoeff();
    if (!pending.empty()) {
        MatrixXd at(points.X.rows(), std::ssize(pending));
        for (std::size_t i = 0; i < pending.size(); ++i) at.col(static_cast<Index>(i)) = inputs(pending[i]->trial->params);
        process = process.believing(at);
    }
    std::vector<std::size_t> order(seen.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        return points.y[static_cast<Index>(a)] < points.y[static_cast<Index>(b)];
    });
    std::vector<Assignment> good;
    for (std::size_t i = 0; i < std::min(kGood, order.size()); ++i) good.push_back(seen[order[i]]->trial->params);
    const Acquisition acquisition{process, incumbent, {}, {}};
    if (auto params = maximize(acquisition, inputs, study, good, rng))
        return Suggestion{*std::move(params), "gp: expected improvement after " + std::to_string(seen.size()) + " trials"};
    std::vector<double> unit(space.size());
    for (double& u : unit) u = uniform01(rng);
    return as_suggestion(untried_after(unit, study), "gp: next to a random draw");
}

}  // namespace o2v::search
