// Asynchronous Successive Halving (Li et al., "A System for Massively Parallel Hyperparameter Tuning", MLSys
// 2020): many trials begin, and of those on each rung one in `reduction_factor` goes on to the next.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "search/pruner.hpp"
#include "search/rungs.hpp"

namespace o2v::search {

// Rungs lie at min_epochs * reduction_factor^k epochs, below the top: max_epochs, or the trial's own end
// where that is earlier or max_epochs is 0; without either there is no top. From the top on a trial goes on
// to its end. Its value on a rung is its best up to that many epochs, NaN worse than every number; trials of
// which the goal's metric is not known there are not halted. All trials that reached the rung count, whatever
// became of them.
//
// Promotion (the paper's): a trial on a rung pauses unless it is among the best 1/factor of the trials there
// (rounded down), which goes on at once. promote() looks from the highest rung down for the best paused trial
// that has come to be among them. A trial that pauses is thereby never lost, only not worth continuing yet.
// Stopping (`stops`; Syne Tune's hyperband_stopping): a trial stops instead when `factor` or more are on the
// rung and its value is worse than their quantile of 1/factor, by order: more than (n - 1) / factor are
// better.
//
// With several brackets each trial belongs to one, by its number. Bracket b is a halving of its own without
// the b lowest rungs.
class AshaPruner final : public Pruner {
  public:
    // Trials take the `brackets` of the options in turn. Throws InputError for min_epochs, max_epochs,
    // reduction_factor or brackets out of range.
    explicit AshaPruner(const PrunerOptions& options);
    // As Hyperband does. `bracket_of` gives 0 to brackets - 1, and is a function of the number alone.
    AshaPruner(const PrunerOptions& options, std::size_t brackets,
               std::function<std::size_t(TrialId)> bracket_of);

    // True at the rungs of the trial's bracket below its top.
    bool decides(const Trial& trial, std::int64_t epoch, const StudySpec& spec) const override;
    // Not thread-safe, all three: the places on the rungs are kept between calls, and brought up to date by
    // what has been reported since (O(log n) a report, and a move of memory).
    Verdict judge(const Trial& trial, const Study& study) const override;
    std::optional<TrialId> promote(const Study& study) const override;
    // While no trial has completed: the best paused one of the highest rung, so that a study too small for
    // its rungs has a result.
    std::optional<TrialId> promote_last(const Study& study) const override;

  private:
    std::size_t quota(std::size_t trials) const { return trials / static_cast<std::size_t>(factor_); }
    void catch_up(const Study& study) const;
    template <class Allowed>
    std::optional<TrialId> highest_paused(const Study& study, Allowed allowed) const;

    std::int64_t max_epochs_, factor_;
    bool stops_;
    std::function<std::size_t(TrialId)> bracket_of_;
    // The state after the first `reports` reports.
    struct Past {
        std::size_t reports = 0;
        std::uint64_t key = 0;
        Goal goal;
        std::vector<Rungs> brackets;
    };
    mutable Past past_;
};

}  // namespace o2v::search
