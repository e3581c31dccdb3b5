#include "search/random.hpp"

#include "search/untried.hpp"

namespace o2v::search {
namespace {

// Draws before the untried ones are sought instead: by then most of the space must have been tried.
constexpr int kDraws = 32;

}  // namespace

std::optional<Suggestion> RandomSearcher::suggest(const Study& study, Rng& rng) const {
    std::vector<double> unit;
    if (auto params = draw_open(study, rng, kDraws, unit)) return Suggestion{*std::move(params), {}};
    return as_suggestion(untried_after(unit, study));
}

}  // namespace o2v::search
