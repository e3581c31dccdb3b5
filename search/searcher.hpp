// A search strategy: history in, suggestion out.
#pragma once

#include <optional>

#include "search/study/study.hpp"

namespace o2v::search {

class Searcher {
  public:
    virtual ~Searcher() = default;

    // The next assignment to try, or nullopt when the strategy has nothing left (a grid's end, an exhausted
    // space). A function of the study and the generator alone: same history, same rng, same answer. Never
    // repeats the assignment of a trial of the study unless it is documented to. The result satisfies
    // study.spec().space.contains().
    virtual std::optional<Assignment> suggest(const Study& study, Rng& rng) const = 0;
};

}  // namespace o2v::search
