// Quasi-random search: the points of a scrambled Sobol sequence, which fill the space more evenly than
// independent draws.
#pragma once

#include "search/searcher.hpp"
#include "search/spread.hpp"

namespace o2v::search {

class SobolSearcher final : public Searcher {
  public:
    // Throws InputError when the space has more than SobolSequence::kMaxDimensions parameters. Inactive
    // parameters have a dimension too, so that the same trial number means the same point.
    SobolSearcher(std::uint64_t seed, const SearchSpace& space);

    // Trial n gets the first untried point from number n on. nullopt once every assignment of a finite space
    // has been tried. Does not draw: the study's seed scrambles the sequence.
    std::optional<Suggestion> suggest(const Study& study, Rng& rng) const override;

  private:
    Spread spread_;
};

}  // namespace o2v::search
