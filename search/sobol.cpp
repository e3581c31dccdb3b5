#include "search/sobol.hpp"

#include "search/study/errors.hpp"
#include "search/untried.hpp"

namespace o2v::search {
namespace {

Spread spread_for(std::uint64_t seed, const SearchSpace& space) {
    constexpr std::size_t most = SobolSequence::kMaxDimensions;
    if (space.size() > most)
        throw InputError("/search/strategy", "\"sobol\"",
                         "has directions for " + std::to_string(most) + " parameters and the space has " +
                             std::to_string(space.size()) + "; take \"random\"");
    return Spread(space.size(), seed);
}

}  // namespace

SobolSearcher::SobolSearcher(std::uint64_t seed, const SearchSpace& space)
    : spread_(spread_for(seed, space)) {}

std::optional<Suggestion> SobolSearcher::suggest(const Study& study, Rng&) const {
    return as_suggestion(spread_.next_open(study));
}

}  // namespace o2v::search
