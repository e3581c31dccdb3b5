// Bayesian optimization with a Gaussian process (Snoek et al., NIPS 2012).
#pragma once

#include <cstdint>
#include <vector>

#include "search/gaussian_process.hpp"
#include "search/searcher.hpp"
#include "search/spread.hpp"

namespace o2v::search {

class GpTraining;

// Begins with the middle of the space and a few points of a Sobol sequence, then proposes what maximizes the
// logarithm of the expected improvement under a process fitted to the warped losses (output_warp):
// - failed and diverged trials count as a little worse than the worst;
// - running ones with the process's own mean, so that what runs side by side is spread;
// - conditional parameters are masked while inactive (gp_inputs);
// - with a pruner that pauses or stops, the process also sees how far a training came, and predicts its end
// from the
//   losses after 1, 3, 9, ... epochs (a joint model as MOBSTER's, Klein et al. 2020);
// - with several goals each suggestion improves on another random scalarization of them (gp_training);
// - with constraints the improvement is weighed with the probability that they are met;
// - of trials of other studies, identical ones count as this study's own, others as those of a similar task
//   (a multi-task process: the similarity is learned).
class GpSearcher final : public Searcher {
  public:
    explicit GpSearcher(const StudySpec& spec);

    // nullopt once every assignment of a finite space has been tried. Not thread-safe: keeps the fitted
    // hyperparameters between calls, by what they were fitted to.
    std::optional<Suggestion> suggest(const Study& study, Rng& rng) const override;

  private:
    std::optional<Suggestion> initial(const Study& study) const;
    Hyperparameters fitted(const Study& study, const GpTraining& now, const std::vector<double>& weights,
                           const InputLayout& layout) const;

    Spread spread_;
    std::size_t initial_;
    struct Learned {
        std::uint64_t key = 0;
        std::size_t ended = 0;
        InputLayout layout;
        Hyperparameters hyperparameters;
    };
    mutable std::vector<Learned> learned_;  // one a layout
};

}  // namespace o2v::search
