#include "search/sobol.hpp"

#include "search/study/errors.hpp"
#include "search/untried.hpp"

namespace o2v::search {
namespace {

// Points looked at before the untried ones are sought instead: by then most of the space must have been
// tried.
constexpr std::uint64_t kPoints = 32;

SobolSequence sequence_for(std::uint64_t seed, const SearchSpace& space) {
    constexpr std::size_t most = SobolSequence::kMaxDimensions;
    if (space.size() > most)
        throw InputError("/search/strategy", "\"sobol\"",
                         "has directions for " + std::to_string(most) + " parameters and the space has " +
                             std::to_string(space.size()) + "; take \"random\"");
    return SobolSequence(space.size(), seed);
}

}  // namespace

SobolSearcher::SobolSearcher(std::uint64_t seed, const SearchSpace& space)
    : sequence_(sequence_for(seed, space)) {}

std::optional<Suggestion> SobolSearcher::suggest(const Study& study, Rng&) const {
    const std::uint64_t next = study.trials().size();
    std::vector<double> unit;
    for (std::uint64_t skipped = 0; skipped < kPoints; ++skipped) {
        unit = sequence_.point(next + skipped);
        Assignment params = study.spec().space.decode(unit);
        if (is_open(params, study)) return Suggestion{std::move(params), {}};
    }
    return as_suggestion(untried_after(unit, study));
}

}  // namespace o2v::search
