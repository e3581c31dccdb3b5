// Stops a trial that has ceased to improve, whatever the others do.
#pragma once

#include <cstdint>

#include "search/pruner.hpp"

namespace o2v::search {

// A report improves when it is better by more than `min_delta` than the best of those that improved before it
// (the first number always does; NaN never does). A trial stops after `patience` reports in a row without an
// improvement, but not within its first `warmup_epochs` epochs. Epochs that did not report the goal's metric
// are passed over. `startup_trials` means nothing here: no trial is compared with another.
class PatiencePruner final : public Pruner {
  public:
    // Throws InputError when patience is below 1, the warm-up negative, or min_delta negative or not a finite
    // number.
    explicit PatiencePruner(const PrunerOptions& options);

    Verdict judge(const Trial& trial, const Study& study) const override;
    // False within the warm-up, and as long as fewer epochs than `patience` can have passed.
    bool decides(const Trial& trial, std::int64_t epoch, const StudySpec& spec) const override;

  private:
    std::int64_t patience_, warmup_epochs_;
    double min_delta_;
};

}  // namespace o2v::search
