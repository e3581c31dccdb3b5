// Bayesian optimization with a Gaussian process (Snoek et al., NIPS 2012).
#pragma once

#include <cstdint>
#include <vector>

#include "search/gaussian_process.hpp"
#include "search/gp_inputs.hpp"
#include "search/searcher.hpp"

namespace o2v::search {

// Begins with a few points of a Sobol sequence, then proposes what maximizes the logarithm of the expected
// improvement under a process fitted to the warped losses (output_warp). Pruned trials count with their best value,
// failed and diverged ones as a little worse than the worst; running ones with the process's own mean, so that what
// runs side by side is spread. Conditional parameters are masked while inactive (gp_inputs).
class GpSearcher final : public Searcher {
  public:
    explicit GpSearcher(const StudySpec& spec);

    // nullopt once every assignment of a finite space has been tried. Not thread-safe: keeps the fitted
    // hyperparameters between calls, by history.
    std::optional<Suggestion> suggest(const Study& study, Rng& rng) const override;

  private:
    struct Fitted {
        std::uint64_t key = 0;
        std::size_t ended = 0;
        SearchSpace space;
        Hyperparameters hyperparameters;
    };
    const Hyperparameters& fitted(const Study& study, const GpInputs& inputs) const;

    std::uint64_t seed_;
    std::size_t initial_;
    mutable std::vector<Fitted> fitted_;  // none or one
};

}  // namespace o2v::search
