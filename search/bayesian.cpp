#include "search/bayesian.hpp"

#include <algorithm>
#include <variant>

#include "search/gp.hpp"
#include "search/tpe.hpp"

namespace o2v::search {
namespace {

std::optional<Suggestion> because(std::optional<Suggestion> suggestion, const std::string& reason) {
    if (suggestion) suggestion->why += " (" + reason + ")";
    return suggestion;
}

bool are_numbers(const SearchSpace& space) {
    const auto& all = space.parameters();
    return std::all_of(all.begin(), all.end(), [](const Parameter& parameter) {
        const bool number = std::holds_alternative<FloatDomain>(parameter.domain) ||
                            std::holds_alternative<IntDomain>(parameter.domain);
        return number && parameter.only_if.empty();
    });
}

}  // namespace

BayesianSearcher::BayesianSearcher(const StudySpec& spec)
    : gp_(std::make_unique<GpSearcher>(spec)),
      tpe_(std::make_unique<TpeSearcher>(spec)),
      numbers_alone_(are_numbers(spec.space)) {}

std::optional<Suggestion> BayesianSearcher::suggest(const Study& study, Rng& rng) const {
    const std::size_t parameters = study.spec().space.size(), ended = study.ended().size();
    if (parameters > kMostParameters)
        return because(tpe_->suggest(study, rng),
                       std::to_string(parameters) + " parameters are too many for a Gaussian process");
    if (ended > kMostTrials)
        return because(tpe_->suggest(study, rng),
                       std::to_string(ended) + " trials are too many for a Gaussian process");
    if (!numbers_alone_ && ended >= kAlone && uniform_index(rng, kEvery) == 0)
        return because(tpe_->suggest(study, rng), "one in " + std::to_string(kEvery) + " for variety");
    return because(gp_->suggest(study, rng), "most frugal up to " + std::to_string(kMostTrials) + " trials");
}

}  // namespace o2v::search
