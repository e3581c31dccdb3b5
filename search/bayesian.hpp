// Bayesian optimization with the model that fits the case: the automatic choice.
#pragma once

#include <memory>

#include "search/searcher.hpp"

namespace o2v::search {

// - A Gaussian process (gp) as long as the space has at most kMostParameters parameters and at most
//   kMostTrials trials have ended: the most frugal with trials, but its cost grows with the cube of their
//   number.
// - In a space that is not numbers alone (with categories, ordinals or conditions), once kAlone trials have
//   ended, one suggestion in kEvery, by lot, is a tree-structured Parzen estimator's (tpe): it errs there in
//   other ways, so that neither's blind spot lasts. Of numbers alone it only costs trials.
// - tpe alone otherwise.
// Every suggestion says which and why.
class BayesianSearcher final : public Searcher {
  public:
    static constexpr std::size_t kMostParameters = 50, kMostTrials = 300, kAlone = 20, kEvery = 6;

    explicit BayesianSearcher(const StudySpec& spec);

    // nullopt once every assignment of a finite space has been tried. Not thread-safe, as those it asks are
    // not.
    std::optional<Suggestion> suggest(const Study& study, Rng& rng) const override;

  private:
    std::unique_ptr<Searcher> gp_, tpe_;
    bool numbers_alone_;
};

}  // namespace o2v::search
