// Hyperband (Li et al., "Hyperband: A Novel Bandit-Based Approach to Hyperparameter Optimization", JMLR
// 2018), asynchronous: several brackets of successive halving side by side, which differ in their lowest
// rung, for want of knowing how early a curve tells of its end.
#pragma once

#include <cstdint>
#include <vector>

#include "search/asha.hpp"

namespace o2v::search {

// With R the most epochs there are floor(log_factor(R / min_epochs)) + 1 brackets; the last one's trials run
// to their end without a rung. Trial numbers are spread over the brackets evenly, in proportion to their
// weights (a golden-ratio sequence). Within a bracket all is as AshaPruner says; `brackets` means nothing
// here.
class HyperbandPruner final : public Pruner {
  public:
    // R is max_epochs, or else the fixed "epochs", or else the most that the space's "epochs" may be. Throws
    // InputError for min_epochs, max_epochs or reduction_factor out of range, and where R is not known or
    // below min_epochs.
    explicit HyperbandPruner(const StudySpec& spec);

    Verdict judge(const Trial& trial, const Study& study) const override { return asha_.judge(trial, study); }
    bool decides(const Trial& trial, std::int64_t epoch, const StudySpec& spec) const override {
        return asha_.decides(trial, epoch, spec);
    }
    std::optional<TrialId> promote(const Study& study) const override { return asha_.promote(study); }
    std::optional<TrialId> promote_last(const Study& study) const override {
        return asha_.promote_last(study);
    }

  private:
    HyperbandPruner(const PrunerOptions& options, const std::vector<std::int64_t>& weights);

    AshaPruner asha_;
};

// Of n brackets, that with the lowest rung first: ceil(n * factor^s / (s + 1)) with s = n - 1, ..., 0, the
// trials that the paper's bracket s begins with.
std::vector<std::int64_t> hyperband_weights(std::int64_t brackets, std::int64_t factor);
// The bracket of a trial, an index of `weights`.
std::size_t hyperband_bracket(TrialId trial, const std::vector<std::int64_t>& weights);

}  // namespace o2v::search
