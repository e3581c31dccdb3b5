// Population-based training (Jaderberg et al., "Population Based Training of Neural Networks", 2017),
// synchronous: the population trains side by side, and every `interval` epochs the worst go on from the best
// ones' networks with changed hyperparameters.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "search/pruner.hpp"
#include "search/searcher.hpp"

namespace o2v::search {

// How the population stands, read off the study alone.
//
// The first generation are `population` trials that are no forks (fewer where the space is exhausted before).
// A member pauses whenever it has trained another `interval` epochs. Once every member of a generation has
// paused or ended, its bottom quarter (rounded up, at most half; by the value of the last epoch, NaN or none
// being the worst, ties to the lower number) is replaced, and with them all that failed, diverged or were
// ended within the interval, even if these are more. Each replacement is a fork of a member drawn from the
// top quarter. The next generation are the survivors and the forks. What has completed leaves without
// being replaced. Where the budget of trials allows fewer replacements than that, members that failed are
// replaced first, then the worst, and the others survive. All of this hangs on curves, pauses and endings,
// not on the order in which members arrive.
struct Population {
    std::int64_t epochs = 0;        // at which the generation was, or is going to be, compared
    std::vector<TrialId> members;   // of the generation
    std::int64_t founders_due = 0;  // first trials yet to be created
    // Once it is compared:
    std::vector<TrialId> replaced;  // those whose forks are yet to be created
    std::vector<TrialId> losers;    // paused members that have been or are being replaced, not ended yet
    std::vector<TrialId> parents;   // best first
};
Population population_of(const Study& study);

class PbtSearcher final : public Searcher {
  public:
    // Throws InputError for a population below 2, smaller than what the study tries first (enqueued
    // configurations and the defaults) or larger than the budget of trials, an interval below 1, and an
    // explored parameter that the space lacks.
    explicit PbtSearcher(const StudySpec& spec);

    // A founder (uniformly random, untried), or a fork with explored() parameters, which may have been tried
    // already: it begins elsewhere. nullopt also while the generation is under way: there may be more when a
    // trial has paused or ended.
    std::optional<Suggestion> suggest(const Study& study, Rng& rng) const override;
    std::string why_nothing_left() const override;
};

// The other half: pauses the members, ends the replaced ones, and goes on with the survivors once all forks
// of the generation are created.
class PbtPruner final : public Pruner {
  public:
    explicit PbtPruner(const StudySpec& spec);

    Verdict judge(const Trial& trial, const Study& study) const override;
    // True at the ends of intervals, counted from where the trial began.
    bool decides(const Trial& trial, std::int64_t epoch, const StudySpec& spec) const override;
    std::optional<TrialId> promote(const Study& study) const override;
    std::optional<Retired> retire(const Study& study) const override;

  private:
    std::int64_t interval_;
};

}  // namespace o2v::search
