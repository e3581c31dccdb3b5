// Tries what a study has enqueued before its strategy is asked.
#pragma once

#include <memory>
#include <utility>

#include "search/searcher.hpp"

namespace o2v::search {

class QueueFirst final : public Searcher {
  public:
    // Throws InputError with all that is wrong with spec.enqueued, each with its place
    // ("/search/enqueue/1/lr"): a parameter that is unknown, missing, not active or outside its domain, a
    // forbidden combination.
    QueueFirst(std::unique_ptr<Searcher> strategy, const StudySpec& spec);

    // The first enqueued configuration of the study's spec that is open, then the parameters' initial values
    // when any has one, then what the strategy says.
    std::optional<Suggestion> suggest(const Study& study, Rng& rng) const override;
    std::string why_nothing_left() const override { return strategy_->why_nothing_left(); }

  private:
    std::unique_ptr<Searcher> strategy_;
};

}  // namespace o2v::search
