// Tries what a study has enqueued before its strategy is asked.
#pragma once

#include <memory>
#include <utility>

#include "search/searcher.hpp"

namespace o2v::search {

class QueueFirst final : public Searcher {
  public:
    explicit QueueFirst(std::unique_ptr<Searcher> strategy) : strategy_(std::move(strategy)) {}

    // The first configuration of spec().enqueued that is open, then the parameters' initial values when any
    // has one, then what the strategy says.
    std::optional<Suggestion> suggest(const Study& study, Rng& rng) const override;
    std::string why_nothing_left() const override { return strategy_->why_nothing_left(); }

  private:
    std::unique_ptr<Searcher> strategy_;
};

}  // namespace o2v::search
