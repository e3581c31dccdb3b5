// A search strategy: history in, suggestion out.
#pragma once

#include <optional>
#include <string>

#include "search/study/study.hpp"

namespace o2v::search {

struct Suggestion {
    Assignment params;
    std::string why;                          // which strategy and why, for people; may be empty
    std::optional<Fork> fork = std::nullopt;  // the trial goes on from another's checkpoint
    bool operator==(const Suggestion&) const = default;
};

class Searcher {
  public:
    virtual ~Searcher() = default;

    // The next assignment to try, or nullopt when the strategy has nothing left (a grid's end, an exhausted
    // space), at least until another trial pauses or ends. A function of the study and the generator alone:
    // same history, same rng, same answer. Never repeats the assignment of a trial of the study, nor proposes
    // a forbidden combination, unless it is documented to. The result satisfies
    // study.spec().space.contains().
    virtual std::optional<Suggestion> suggest(const Study& study, Rng& rng) const = 0;
    // What ends a study for which suggest() has nothing left, as a clause for people.
    virtual std::string why_nothing_left() const { return "every configuration of the space has been tried"; }
};

}  // namespace o2v::search
