#include "search/hyperband.hpp"

#include <cmath>
#include <numeric>
#include <string>

#include "search/curve.hpp"
#include "search/study/errors.hpp"

namespace o2v::search {
namespace {

// The most epochs a trial of the study may run; nullopt when nothing says so.
std::optional<std::int64_t> most_epochs(const StudySpec& spec) {
    if (spec.pruner.max_epochs > 0) return spec.pruner.max_epochs;
    if (const auto fixed = planned_epochs(spec, {})) return fixed;
    const Parameter* epochs = spec.space.find("epochs");
    if (!epochs) return std::nullopt;
    const ParamValue most = from_unit(epochs->domain, 1);
    if (listed_values(epochs->domain) || std::holds_alternative<std::string>(most)) return std::nullopt;
    return static_cast<std::int64_t>(to_number(most));
}

std::vector<std::int64_t> weights_of(const StudySpec& spec) {
    const std::int64_t least = at_least(1, "/pruner/min_epochs", spec.pruner.min_epochs);
    const std::int64_t factor = at_least(2, "/pruner/reduction_factor", spec.pruner.reduction_factor);
    at_least(0, "/pruner/max_epochs", spec.pruner.max_epochs);
    const auto most = most_epochs(spec);
    if (!most)
        throw InputError("/pruner/max_epochs", std::to_string(spec.pruner.max_epochs),
                         "hyperband has to know the most epochs of a trial: give max_epochs, or fix epochs");
    if (*most < least)
        throw InputError("/pruner/min_epochs", std::to_string(least),
                         "must not be above the most epochs of a trial, " + std::to_string(*most));
    std::int64_t brackets = 1;
    for (std::int64_t epochs = least; epochs <= *most / factor; epochs *= factor) ++brackets;
    return hyperband_weights(brackets, factor);
}

}  // namespace

std::vector<std::int64_t> hyperband_weights(std::int64_t brackets, std::int64_t factor) {
    std::vector<std::int64_t> weights;
    for (std::int64_t s = brackets - 1; s >= 0; --s)
        weights.push_back(static_cast<std::int64_t>(std::ceil(
            static_cast<double>(brackets) * std::pow(static_cast<double>(factor), static_cast<double>(s)) /
            static_cast<double>(s + 1))));
    return weights;
}

std::size_t hyperband_bracket(TrialId trial, const std::vector<std::int64_t>& weights) {
    constexpr double kGolden = 0.61803398874989484820;
    const double place = (static_cast<double>(trial) + 0.5) * kGolden;
    double left = (place - std::floor(place)) *
                  static_cast<double>(std::accumulate(weights.begin(), weights.end(), std::int64_t{0}));
    for (std::size_t b = 0; b + 1 < weights.size(); ++b) {
        left -= static_cast<double>(weights[b]);
        if (left < 0) return b;
    }
    return weights.size() - 1;
}

HyperbandPruner::HyperbandPruner(const StudySpec& spec) : HyperbandPruner(spec.pruner, weights_of(spec)) {}

HyperbandPruner::HyperbandPruner(const PrunerOptions& options, const std::vector<std::int64_t>& weights)
    : asha_(options, weights.size(), [weights](TrialId trial) { return hyperband_bracket(trial, weights); }) {
}

}  // namespace o2v::search
