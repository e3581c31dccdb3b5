// Tries each configuration several times: what a metric owes to the seed becomes visible.
#pragma once

#include <memory>

#include "search/searcher.hpp"

namespace o2v::search {

// Repeats the assignments of the study's trials, unlike other searchers.
class RepeatEach final : public Searcher {
  public:
    // Throws InputError for repeats below 1, and for more than one with a strategy whose trials build on each
    // other in order (cmaes, pbt).
    RepeatEach(std::unique_ptr<Searcher> strategy, const StudySpec& spec);

    // The latest trial's configuration until it has `repeats` trials, then what the strategy says.
    std::optional<Suggestion> suggest(const Study& study, Rng& rng) const override;
    std::string why_nothing_left() const override { return strategy_->why_nothing_left(); }

  private:
    std::unique_ptr<Searcher> strategy_;
};

}  // namespace o2v::search
