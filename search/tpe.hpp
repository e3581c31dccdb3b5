// The tree-structured Parzen estimator (Bergstra et al., NeurIPS 2011) with joint kernels over groups of
// parameters that occur together (Falkner et al., ICML 2018; constants as in Watanabe, arXiv 2304.11127).
#pragma once

#include <vector>

#include "search/parzen_estimator.hpp"
#include "search/searcher.hpp"
#include "search/spread.hpp"
#include "search/tpe_history.hpp"

namespace o2v::search {

// Splits the trials into the good ones, min(ceil(n/10), 25) of n that do not run (with several goals
// ceil(n/10)), and the others, models either as a density, l and g, and of kCandidates draws from l proposes
// the one of greatest l/g. Good is (Merit) feasible by value, or by the number of trials that dominate it,
// then pruned ones, the longer the better, then those outside a constraint; failed trials and NaN never are,
// nor running ones, which so repel those that come after them ("constant liar").
//
// A conditional space falls into groups of parameters under the same conditions, parents first; each has its
// own split and model, of the trials where it exists. Prior trials of the kind `identical` count as the
// oldest trials.
class TpeSearcher final : public Searcher {
  public:
    static constexpr std::size_t kStartup = 10;
    static constexpr int kCandidates = 24;

    explicit TpeSearcher(const StudySpec& spec);

    // Before kStartup trials have ended points of a Spread. nullopt once every assignment of a finite space
    // has been tried. The study must be of the spec given above. Not thread-safe: keeps the ended trials'
    // coordinates between calls.
    std::optional<Suggestion> suggest(const Study& study, Rng& rng) const override;

  private:
    struct Group {
        std::vector<std::size_t> members;  // indices of the parameters
        std::vector<ParzenAxis> axes;
    };
    struct Candidates;  // of one group, best first
    struct Descent;

    Candidates candidates(const Group& group, const std::vector<const TpeHistory::Row*>& rows, bool one_goal,
                          Rng& rng) const;
    std::optional<Assignment> descend(std::size_t next, Assignment params, Descent& descent) const;

    std::vector<Group> groups_;
    Spread spread_;
    mutable TpeHistory history_;
};

}  // namespace o2v::search
