#include "search/mixed_search.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlopt.hpp>
#include <numeric>

#include "search/spread.hpp"
#include "search/untried.hpp"

namespace o2v::search {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using Unit = std::vector<double>;

// Points of the Sobol sequence and neighbours of the good ones; a third of them where observations are many
// and a look is dear.
constexpr std::size_t kSpread = 384, kNeighbours = 192, kMany = 100;
constexpr double kApart = 0.02;
constexpr std::size_t kClimbs = 4;  // local searches
constexpr int kRounds = 4, kEvaluations = 24;
constexpr std::uint64_t kFewValues = 16;  // a number with no more is changed value by value

struct Candidate {
    double score;
    Unit unit;
    Assignment params;
};

class MixedSearch {
  public:
    MixedSearch(const Acquisition& acquisition, const GpInputs& inputs, const Study& study)
        : acquisition_(acquisition), inputs_(inputs), study_(study), space_(study.spec().space) {
        for (const GpInputs::Feature& feature : inputs.features()) {
            const auto count = cardinality(space_.parameters()[feature.parameter].domain);
            if (feature.values > 0 || (count && *count <= kFewValues))
                listed_.push_back(feature);
            else
                smooth_.push_back(feature);
        }
    }

    // Scores them all and keeps them, but for those that the space forbids. Returns the best one's place.
    std::optional<std::size_t> look_at(const std::vector<Unit>& units) {
        std::vector<Candidate> fresh;
        for (const Unit& unit : units) {
            Assignment params = space_.decode(unit);
            if (!space_.forbids(params)) fresh.push_back({0, unit, std::move(params)});
        }
        if (fresh.empty()) return std::nullopt;
        MatrixXd points(static_cast<Index>(inputs_.layout().columns()), std::ssize(fresh));
        for (std::size_t i = 0; i < fresh.size(); ++i)
            points.col(static_cast<Index>(i)) = inputs_(fresh[i].params);
        const VectorXd scores = acquisition_(points);
        std::size_t best = seen_.size();
        for (std::size_t i = 0; i < fresh.size(); ++i) {
            fresh[i].score = scores[static_cast<Index>(i)];
            seen_.push_back(std::move(fresh[i]));
            if (seen_.back().score > seen_[best].score) best = seen_.size() - 1;
        }
        return best;
    }

    // Climbs from the best ones seen so far, each from another value of some parameter.
    void climb() {
        std::vector<std::size_t> order(seen_.size());
        std::iota(order.begin(), order.end(), std::size_t{0});
        std::stable_sort(order.begin(), order.end(),
                         [&](std::size_t a, std::size_t b) { return seen_[a].score > seen_[b].score; });
        std::vector<std::size_t> starts;
        for (const std::size_t at : order) {
            if (starts.size() == kClimbs) break;
            if (std::none_of(starts.begin(), starts.end(),
                             [&](std::size_t s) { return seen_[s].params == seen_[at].params; }))
                starts.push_back(at);
        }
        for (const std::size_t start : starts) climb_from(start);
    }

    // With `apart`, of those that differ from each running trial by more than kApart in some column.
    std::optional<Assignment> best_open(const MatrixXd& running, bool apart) const {
        const auto is_apart = [&](const Candidate& one) {
            const VectorXd at = inputs_(one.params);
            for (Index i = 0; i < running.cols(); ++i)
                if ((running.col(i) - at).cwiseAbs().maxCoeff() <= kApart) return false;
            return true;
        };
        const Candidate* best = nullptr;
        for (const Candidate& one : seen_)
            if ((!best || one.score > best->score) && !std::isnan(one.score) && !study_.tried(one.params) &&
                (!apart || is_apart(one)))
                best = &one;
        return best ? std::optional(best->params) : std::nullopt;
    }

  private:
    void climb_from(std::size_t at) {
        for (int round = 0; round < kRounds; ++round) {
            const double before = seen_[at].score;
            if (const auto up = slide(at)) at = *up;
            if (const auto up = best_change(at)) at = *up;
            if (!(seen_[at].score > before + 1e-6)) return;
        }
    }

    std::optional<std::size_t> higher(std::optional<std::size_t> other, std::size_t at) const {
        return other && seen_[*other].score > seen_[at].score ? other : std::nullopt;
    }

    std::optional<std::size_t> slide(std::size_t at) {
        struct Problem {
            const Acquisition& acquisition;
            VectorXd point;
            std::vector<Index> columns;
        } problem{acquisition_, inputs_(seen_[at].params), {}};
        std::vector<std::size_t> parameters;
        std::vector<double> x;
        for (const GpInputs::Feature& feature : smooth_) {
            if (!seen_[at].params.contains(space_.parameters()[feature.parameter].name)) continue;
            parameters.push_back(feature.parameter);
            problem.columns.push_back(static_cast<Index>(feature.first));
            x.push_back(problem.point[problem.columns.back()]);
        }
        if (x.empty()) return std::nullopt;
        const auto objective = [](const std::vector<double>& to, std::vector<double>& gradient, void* data) {
            auto& p = *static_cast<Problem*>(data);
            for (std::size_t i = 0; i < to.size(); ++i) p.point[p.columns[i]] = to[i];
            VectorXd slope;
            const double score = p.acquisition.local(p.point, slope);
            for (std::size_t i = 0; i < gradient.size(); ++i) gradient[i] = slope[p.columns[i]];
            return std::isfinite(score) && slope.allFinite() ? score : -1e10;
        };
        nlopt::opt lbfgs(nlopt::LD_LBFGS, static_cast<unsigned>(x.size()));
        lbfgs.set_max_objective(objective, &problem);
        lbfgs.set_lower_bounds(0.0);
        lbfgs.set_upper_bounds(1.0);
        lbfgs.set_maxeval(kEvaluations);
        lbfgs.set_ftol_abs(1e-4);
        double score = 0;
        try {
            lbfgs.optimize(x, score);
        } catch (const std::exception&) {
            // It ran into the limits of rounding: x is as far as it came.
        }
        Unit unit = seen_[at].unit;
        for (std::size_t i = 0; i < x.size(); ++i) unit[parameters[i]] = x[i];
        return higher(look_at({unit}), at);
    }

    std::optional<std::size_t> best_change(std::size_t at) {
        std::vector<Unit> units;
        for (const GpInputs::Feature& feature : listed_) {
            const Parameter& parameter = space_.parameters()[feature.parameter];
            const auto own = seen_[at].params.find(parameter.name);
            if (own == seen_[at].params.end()) continue;
            const auto n = *cardinality(parameter.domain);
            for (std::uint64_t i = 0; i < n; ++i) {
                const ParamValue value = nth_value(parameter.domain, i);
                if (value == own->second) continue;
                units.push_back(seen_[at].unit);
                units.back()[feature.parameter] = to_unit(parameter.domain, value);
            }
        }
        return higher(look_at(units), at);
    }

    const Acquisition& acquisition_;
    const GpInputs& inputs_;
    const Study& study_;
    const SearchSpace& space_;
    std::vector<GpInputs::Feature> listed_, smooth_;
    std::vector<Candidate> seen_;
};

// Near `from`: some coordinates moved, the smaller the step the likelier.
Unit neighbour(const Unit& from, const SearchSpace& space, Rng& rng) {
    Unit unit = from;
    const double share = 1.0 / static_cast<double>(unit.size());
    const std::size_t sure = uniform_index(rng, unit.size());
    for (std::size_t i = 0; i < unit.size(); ++i) {
        if (i != sure && uniform01(rng) > std::max(share, 0.3)) continue;
        if (std::holds_alternative<CategoricalDomain>(space.parameters()[i].domain)) {
            unit[i] = uniform01(rng);
            continue;
        }
        const double step = 0.5 * std::exp(-6 * uniform01(rng));
        unit[i] = std::clamp(unit[i] + step * (2 * uniform01(rng) - 1), 0.0, 1.0);
    }
    return unit;
}

}  // namespace

std::optional<Assignment> maximize(const Acquisition& acquisition, const GpInputs& inputs, const Study& study,
                                   const std::vector<Assignment>& good, const Eigen::MatrixXd& running,
                                   Rng& rng) {
    const SearchSpace& space = study.spec().space;
    const std::size_t fewer = std::clamp<std::size_t>(acquisition.loss.size() / kMany, 1, 3);
    const std::size_t spread = kSpread / fewer, neighbours = kNeighbours / fewer;
    std::vector<Unit> units;
    const Spread even(space.size(), rng());
    for (std::size_t i = 0; i < spread; ++i) units.push_back(even.point(i));
    if (space.size() > 0)
        for (std::size_t i = 0; i < neighbours && !good.empty(); ++i)
            units.push_back(neighbour(space.encode(good[i % good.size()]), space, rng));
    MixedSearch search(acquisition, inputs, study);
    if (!search.look_at(units)) return std::nullopt;
    search.climb();
    auto best = search.best_open(running, true);
    return best ? best : search.best_open(running, false);
}

}  // namespace o2v::search
