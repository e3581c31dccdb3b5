#include "search/random.hpp"

#include "search/untried.hpp"

namespace o2v::search {
namespace {

// Draws before the untried ones are sought instead: by then most of the space must have been tried.
constexpr int kDraws = 32;

}  // namespace

std::optional<Suggestion> RandomSearcher::suggest(const Study& study, Rng& rng) const {
    const SearchSpace& space = study.spec().space;
    std::vector<double> unit(space.size());
    for (int draw = 0; draw < kDraws; ++draw) {
        for (double& u : unit) u = uniform01(rng);
        Assignment params = space.decode(unit);
        if (is_open(params, study)) return Suggestion{std::move(params), {}};
    }
    return as_suggestion(untried_after(unit, study));
}

}  // namespace o2v::search
