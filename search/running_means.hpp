// How the ended trials stood at each epoch: what the median and percentile rules compare a trial with.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "search/pruner.hpp"

namespace o2v::search {

class RunningMeans {
  public:
    // Of the ended trials that reached epoch `epoch`, however they ended, the means of the goal's metric over
    // the epochs up to it that reported, best first. Empty when there is none. A function of the study's
    // ended trials: what is kept between calls is a cache. Valid until the next call.
    const std::vector<double>& at(std::size_t epoch, const Study& study);

  private:
    void catch_up(const Study& study);

    // The state after the first `ended_` ended trials.
    std::size_t ended_ = 0;
    std::uint64_t key_ = 0;
    Goal goal_;
    std::vector<std::vector<double>> means_;  // by epoch
};

// The value that `share` of the sorted values are as good as, linear between two neighbours; NaN when one of
// these is. REQUIRES: values is not empty, 0 <= share <= 1.
double quantile(const std::vector<double>& best_first, double share);

// What the median and the percentile rule have in common: a trial goes on while its best value is as good as
// the running means of the best `share` of the others.
class RunningMeansRule : public Pruner {
  public:
    // Stops when the trial's best is worse than the bar. It goes on when it is not to be judged: before the
    // start-up, within the warm-up, without a report of the goal's metric, without another trial that reached
    // the epoch, or when the bar is NaN. Not thread-safe: keeps the means of the ended trials between calls.
    Verdict judge(const Trial& trial, const Study& study) const override;
    // False within the warm-up.
    bool decides(const Trial& trial, std::int64_t epoch, const StudySpec& spec) const override;

  protected:
    // The bar as it is told to people: `before`, "3 trials", `after`. Throws InputError when startup_trials
    // or warmup_epochs is negative.
    RunningMeansRule(const PrunerOptions& options, double share, std::string before, std::string after);

  private:
    std::int64_t startup_trials_, warmup_epochs_;
    double share_;
    std::string before_, after_;
    mutable RunningMeans means_;
};

}  // namespace o2v::search
