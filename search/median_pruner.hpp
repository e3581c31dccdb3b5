// The median stopping rule (Golovin et al., "Google Vizier", KDD 2017, section 3.2.1; SageMaker's "Auto"): a
// trial stops when its best value by an epoch is worse than the median, over earlier trials, of the mean of
// their values up to the same epoch.
#pragma once

#include "search/running_means.hpp"

namespace o2v::search {

// The trials compared with are the ended ones that reached the epoch, however they ended (completed alone
// would lift the bar with every trial pruned), and not the running ones (the verdict must not hang on what
// runs beside the trial). Nothing is stopped before `startup_trials` have completed, nor a trial of
// `warmup_epochs` epochs or fewer. NaN counts as worse than every number; a median that is NaN stops nothing,
// nor is a trial judged that has not reported the goal's metric.
class MedianPruner final : public RunningMeansRule {
  public:
    // Throws InputError when an option is negative.
    explicit MedianPruner(const PrunerOptions& options);
};

}  // namespace o2v::search
