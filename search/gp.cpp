#include "search/gp.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "search/acquisition.hpp"
#include "search/gp_training.hpp"
#include "search/mixed_search.hpp"
#include "search/observations.hpp"
#include "search/untried.hpp"

namespace o2v::search {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr int kEvaluationsEachTime = 25;

// Fewer when each is dear: 30 up to 100 points, 10 from 300 on.
int evaluations_for(std::size_t points) {
    return std::clamp(static_cast<int>(3000 / std::max<std::size_t>(points, 1)), 10, 30);
}
constexpr std::size_t kGood = 6;  // neighbourhoods looked into

// Hyperparameters are learned anew when the history has grown by a twelfth.
std::size_t learned_from(std::size_t ended) {
    std::size_t at = std::min<std::size_t>(ended, 12);
    while (at < ended && at + at / 12 <= ended) at += at / 12;
    return at;
}

std::vector<Hyperparameters> starts_for(const InputLayout& layout) {
    const Hyperparameters typical = Hyperparameters::typical(layout);
    Hyperparameters shorter = typical;
    shorter.log_length.array() -= 1.5;
    return {typical, shorter};
}

// One a goal, of a direction uniform in the positive part of the sphere: losses count in its inverse.
std::vector<double> draw_weights(std::size_t goals, Rng& rng) {
    if (goals == 1) return {1.0};
    std::vector<double> weights;
    for (std::size_t i = 0; i < goals; ++i) {
        const double radius = std::sqrt(-2 * std::log(1 - uniform01(rng)));
        const double normal = radius * std::cos(2 * std::numbers::pi * uniform01(rng));
        weights.push_back(1 / std::max(std::abs(normal), 1e-3));
    }
    return weights;
}

// The trials' distances beyond one constraint's bound (negative inside), divided by their root mean square.
std::optional<GaussianProcess> constraint_process(const Study& study, const Constraint& constraint,
                                                  double bound, double sign, const GpInputs& inputs) {
    std::vector<const Trial*> known;
    std::vector<double> beyond;
    for (const Observation& one : observations(study)) {
        if (one.kind != Observation::Kind::completed) continue;
        const auto& metrics = std::get<Completed>(*one.trial->ending).metrics;
        const auto found = metrics.find(constraint.metric);
        if (found == metrics.end() || !std::isfinite(found->second)) continue;
        known.push_back(one.trial);
        beyond.push_back(sign * (found->second - bound));
    }
    if (known.empty()) return std::nullopt;
    MatrixXd X(static_cast<Index>(inputs.layout().columns()), std::ssize(known));
    for (std::size_t i = 0; i < known.size(); ++i) X.col(static_cast<Index>(i)) = inputs(known[i]->params);
    VectorXd y = Eigen::Map<const VectorXd>(beyond.data(), std::ssize(beyond));
    const double scale = std::sqrt(y.squaredNorm() / static_cast<double>(y.size()));
    if (scale > 0) y /= scale;
    const InputLayout layout = inputs.layout().apart();
    const auto starts = starts_for(layout);
    return GaussianProcess(layout, fit(layout, X, y, {starts.data(), 1}, evaluations_for(known.size())), X,
                           y);
}

std::vector<GaussianProcess> constraint_processes(const Study& study, const GpInputs& inputs) {
    std::vector<GaussianProcess> processes;
    const auto add = [&](const Constraint& constraint, const std::optional<double>& bound, double sign) {
        if (!bound) return;
        if (auto process = constraint_process(study, constraint, *bound, sign, inputs))
            processes.push_back(*std::move(process));
    };
    for (const Constraint& constraint : study.spec().constraints) {
        add(constraint, constraint.max, 1);
        add(constraint, constraint.min, -1);
    }
    return processes;
}

}  // namespace

GpSearcher::GpSearcher(const StudySpec& spec)
    : spread_(spec.space.size(), spec.search.seed),
      initial_(std::clamp<std::size_t>(spec.space.size() + 1, 2, 5)) {}

std::optional<Suggestion> GpSearcher::initial(const Study& study) const {
    const SearchSpace& space = study.spec().space;
    if (Assignment params = space.decode(std::vector<double>(space.size(), 0.5)); is_open(params, study))
        return Suggestion{std::move(params), "gp: the middle of the space"};
    return as_suggestion(spread_.next_open(study), "gp: initial design");
}

// Of one goal at full training a function of the first so many ended trials, kept until that number grows.
Hyperparameters GpSearcher::fitted(const Study& study, const GpTraining& now,
                                   const std::vector<double>& weights, const InputLayout& layout) const {
    const auto starts = starts_for(layout);
    if (weights.size() > 1 || is_multi_fidelity(study.spec()))  // other data each time
        return fit(layout, now.X, now.y, starts, kEvaluationsEachTime);
    const std::size_t ended = learned_from(study.ended().size());
    const std::uint64_t key = study.ended_key(ended);
    const auto known = std::find_if(learned_.begin(), learned_.end(),
                                    [&](const Learned& one) { return one.layout == layout; });
    if (known != learned_.end() && known->key == key && known->ended == ended) return known->hyperparameters;
    if (known != learned_.end()) learned_.erase(known);
    const GpTraining then(study, ended, weights);
    learned_.push_back(
        {key, ended, layout,
         fit(layout, then.X, then.y, starts, evaluations_for(static_cast<std::size_t>(then.y.size())))});
    return learned_.back().hyperparameters;
}

std::optional<Suggestion> GpSearcher::suggest(const Study& study, Rng& rng) const {
    const std::vector<double> weights = draw_weights(study.goals().size(), rng);
    const GpTraining training(study, std::nullopt, weights);
    const GpInputs& inputs = training.inputs();
    const auto points = static_cast<std::size_t>(training.y.size());
    if (points < initial_ || (training.trials().empty() && training.prior().empty()) ||
        inputs.features().empty())
        return initial(study);
    // One of two priors, by lot. Where numbers matter alike, a few trials tell it under the first; where few
    // of them matter, the second finds those.
    const InputLayout layout = uniform01(rng) < 0.5 ? inputs.layout() : inputs.layout().apart();
    GaussianProcess process(layout, fitted(study, training, weights, layout), training.X, training.y);

    // Whether prior trials met the constraints is not known.
    const bool constrained = !study.spec().constraints.empty();
    std::vector<const Assignment*> judged, others;
    for (const Trial* trial : training.trials())
        (!constrained || study.feasible(*trial) ? judged : others).push_back(&trial->params);
    for (const Assignment& params : training.prior()) (constrained ? others : judged).push_back(&params);
    const bool any_feasible = !judged.empty();
    if (!any_feasible) judged = others;
    MatrixXd at(training.X.rows(), std::ssize(judged));
    for (std::size_t i = 0; i < judged.size(); ++i) at.col(static_cast<Index>(i)) = inputs(*judged[i]);
    const VectorXd means = process.predict(at).mean;
    double incumbent = any_feasible ? means.minCoeff() : means.maxCoeff();
    std::vector<GaussianProcess> constraints = constraint_processes(study, inputs);

    std::vector<VectorXd> running;
    for (const Trial& trial : study.trials())
        if (!trial.ending && !trial.paused && study.spec().space.fits(trial.params))
            running.push_back(inputs(trial.params));
    MatrixXd believed;
    if (!running.empty()) {
        believed.resize(training.X.rows(), std::ssize(running));
        for (std::size_t i = 0; i < running.size(); ++i) believed.col(static_cast<Index>(i)) = running[i];
        process = process.believing(believed);
        // What they are believed to gain is not to be gained again.
        const VectorXd gained = process.predict(believed).mean;
        for (Index i = 0; any_feasible && i < gained.size(); ++i)
            if (std::all_of(constraints.begin(), constraints.end(), [&](const GaussianProcess& g) {
                    return g.predict(believed.col(i)).mean[0] <= 0;
                }))
                incumbent = std::min(incumbent, gained[i]);
    }
    std::vector<Assignment> good;
    for (std::size_t i = 0; i < std::min(kGood, judged.size()); ++i) good.push_back(*judged[i]);
    const Acquisition acquisition{process, incumbent, std::move(constraints)};
    if (auto params = maximize(acquisition, inputs, study, good, believed, rng))
        return Suggestion{*std::move(params),
                          "gp: expected improvement after " + std::to_string(points) + " observations"};
    std::vector<double> unit(study.spec().space.size());
    for (double& u : unit) u = uniform01(rng);
    return as_suggestion(untried_after(unit, study), "gp: next to a random draw");
}

}  // namespace o2v::search
