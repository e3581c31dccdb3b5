// Random search (Bergstra & Bengio, JMLR 2012): every parameter uniform on its scale.
#pragma once

#include "search/searcher.hpp"

namespace o2v::search {

class RandomSearcher final : public Searcher {
  public:
    // nullopt once every assignment of a finite space has been tried.
    std::optional<Suggestion> suggest(const Study& study, Rng& rng) const override;
};

}  // namespace o2v::search
