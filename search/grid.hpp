// Grid search: every combination of evenly placed values, in a fixed order.
#pragma once

#include "search/enumeration.hpp"
#include "search/searcher.hpp"

namespace o2v::search {

class GridSearcher final : public Searcher {
  public:
    // A category gives all its values, an integer all or at most `points`, a float `points`, from min to max,
    // evenly by scale (one point: the middle). Parameters of a condition that does not hold add no
    // combinations. The last parameter changes fastest. Throws InputError when points < 1.
    GridSearcher(int points, const SearchSpace& space);

    // Goes on after the latest trial that is on the grid, once round, over what has been tried: without a
    // state of its own it gives every combination once, in order, however often the study is resumed. nullopt
    // at the end, which takes a walk over the whole grid to find out. Does not draw.
    std::optional<Suggestion> suggest(const Study& study, Rng& rng) const override;

  private:
    Enumeration grid_;
};

}  // namespace o2v::search
