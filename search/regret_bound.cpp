#include "search/regret_bound.hpp"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <utility>
#include <vector>

#include "search/gaussian_process.hpp"
#include "search/gp_inputs.hpp"
#include "search/observations.hpp"
#include "search/spread.hpp"

namespace o2v::search {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr std::size_t kMostPoints = 256;
constexpr std::size_t kPlaces = 2048;
constexpr int kEvaluations = 30;
constexpr std::size_t kDescents = 8;
constexpr int kRounds = 60;
constexpr double kFirstStep = 0.125, kLastStep = 1e-3;  // of a parameter's scale
constexpr double kDelta = 0.1;
constexpr std::uint64_t kStream = 0x7265677265740000;  // of the study's seed

// Best first.
std::vector<Observation> usable(const Study& study) {
    std::vector<Observation> seen = observations(study);
    std::erase_if(seen, [](const Observation& one) {
        return one.kind != Observation::Kind::completed || !std::isfinite(one.loss) || one.violation > 0;
    });
    std::stable_sort(seen.begin(), seen.end(),
                     [](const Observation& a, const Observation& b) { return a.loss < b.loss; });
    return seen;
}

// The better half of `best_first` and, of the others, as many as there is room for, evenly by rank.
std::vector<Observation> thinned(const std::vector<Observation>& best_first) {
    if (best_first.size() <= kMostPoints) return best_first;
    const std::size_t half = kMostPoints / 2;
    const auto step = static_cast<double>(best_first.size() - half) / static_cast<double>(half);
    std::vector<Observation> kept(best_first.begin(), best_first.begin() + static_cast<std::ptrdiff_t>(half));
    for (std::size_t i = 0; i < half; ++i)
        kept.push_back(best_first[half + static_cast<std::size_t>(step * static_cast<double>(i))]);
    return kept;
}

// The losses, of which those worse than the median count as the median: where a trial was bad matters, not
// how bad it was. Unless the better half is one value.
VectorXd levelled(const std::vector<Observation>& best_first) {
    VectorXd losses(std::ssize(best_first));
    for (std::size_t i = 0; i < best_first.size(); ++i) losses[static_cast<Index>(i)] = best_first[i].loss;
    const double median = losses[losses.size() / 2];
    return median > losses[0] ? VectorXd(losses.cwiseMin(median)) : losses;
}

using Unit = std::vector<double>;  // a place in the space, as SearchSpace::decode() reads it

std::vector<Unit> places(const StudySpec& spec) {
    const Spread even(spec.space.size(), derive_seed(spec.search.seed, kStream));
    std::vector<Unit> units;
    for (std::size_t i = 0; i < kPlaces; ++i) units.push_back(even.point(i));
    return units;
}

// The least lower confidence bound that a search of the space finds.
class LowestBound {
  public:
    LowestBound(const GaussianProcess& process, double width, const SearchSpace& space,
                const GpInputs& inputs)
        : process_(process), width_(width), space_(space), inputs_(inputs) {}

    // The least over the units, and over what a descent from the best of them comes by.
    double operator()(const std::vector<Unit>& units) const {
        const VectorXd bounds = at(units);
        std::vector<std::size_t> order(units.size());
        std::iota(order.begin(), order.end(), std::size_t{0});
        const std::size_t starts = std::min(kDescents, order.size());
        std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(starts), order.end(),
                          [&](std::size_t a, std::size_t b) {
                              return std::pair(bounds[static_cast<Index>(a)], a) <
                                     std::pair(bounds[static_cast<Index>(b)], b);
                          });
        double least = bounds.minCoeff();
        for (std::size_t i = 0; i < starts; ++i)
            least = std::min(least, descend(units[order[i]], bounds[static_cast<Index>(order[i])]));
        return least;
    }

  private:
    VectorXd at(const std::vector<Unit>& units) const {
        MatrixXd points(static_cast<Index>(inputs_.layout().columns()), std::ssize(units));
        for (std::size_t i = 0; i < units.size(); ++i)
            points.col(static_cast<Index>(i)) = inputs_(space_.decode(units[i]));
        const GaussianProcess::Prediction prediction = process_.predict(points);
        return prediction.mean - width_ * prediction.deviation;
    }

    // To the best of the neighbours, one coordinate changed by a step, which is halved when none is better.
    double descend(Unit unit, double bound) const {
        double step = kFirstStep;
        for (int round = 0; round < kRounds && step > kLastStep; ++round) {
            std::vector<Unit> neighbours;
            for (std::size_t i = 0; i < unit.size(); ++i)
                for (const double moved : {unit[i] - step, unit[i] + step}) {
                    neighbours.push_back(unit);
                    neighbours.back()[i] = std::clamp(moved, 0.0, 1.0);
                }
            Index best = 0;
            const double least = at(neighbours).minCoeff(&best);
            if (least < bound) {
                bound = least;
                unit = neighbours[static_cast<std::size_t>(best)];
            } else {
                step /= 2;
            }
        }
        return bound;
    }

    const GaussianProcess& process_;
    double width_;
    const SearchSpace& space_;
    const GpInputs& inputs_;
};

}  // namespace

std::optional<double> regret_bound(const Study& study) {
    const std::vector<Observation> seen = usable(study);
    if (seen.size() < kRegretBoundTrials) return std::nullopt;
    const SearchSpace& space = study.spec().space;
    const GpInputs inputs(space);
    if (inputs.features().empty()) return 0;
    const std::vector<Observation> known = thinned(seen);
    VectorXd y = levelled(known);
    y.array() -= y.mean();
    const double unit = std::sqrt(y.squaredNorm() / static_cast<double>(y.size()));
    if (!(unit > 0) || !std::isfinite(unit)) return std::nullopt;
    y /= unit;
    MatrixXd X(static_cast<Index>(inputs.layout().columns()), y.size());
    for (std::size_t i = 0; i < known.size(); ++i)
        X.col(static_cast<Index>(i)) = inputs(known[i].trial->params);
    const std::vector<Hyperparameters> starts{Hyperparameters::typical(inputs.layout())};
    const GaussianProcess process(inputs.layout(), fit(inputs.layout(), X, y, starts, kEvaluations), X, y);

    const auto d = static_cast<double>(space.size());
    const auto trials = static_cast<double>(known.size());
    const double beta =
        2 * std::log(d * trials * trials * std::numbers::pi * std::numbers::pi / (6 * kDelta)) / 5;
    const double width = std::sqrt(beta);
    const GaussianProcess::Prediction tried = process.predict(X);
    const double best = (tried.mean + width * tried.deviation).minCoeff();
    std::vector<Unit> units = places(study.spec());
    for (const Observation& one : known) units.push_back(space.encode(one.trial->params));
    const double least = LowestBound(process, width, space, inputs)(units);
    return std::max(0.0, best - least) * unit;
}

}  // namespace o2v::search
