// CMA-ES with margin (CmaDistribution) and restarts with a population twice as large (IPOP: Auger & Hansen,
// CEC 2005).
#pragma once

#include <memory>

#include "search/searcher.hpp"

namespace o2v::search {

// A generation is as many trials as the population, in order of number; once all of them have ended or
// paused, they move the distribution, ranked by Merit; failed trials and NaN do not count. While some run,
// further draws come from the same distribution. So the state is a function of the trials by number, not of
// the order in which they ended. Categories are taken for integers; parameters that do not exist in a trial
// keep their mean.
//
// The first mean is the best prior trial of the kind `identical`, else what has been enqueued first, else the
// initial values or the middles. The search starts anew from a random mean when the best of a run has not
// improved for 10 + ceil(30 dimensions / population) generations or the distribution has degenerated.
class CmaesSearcher final : public Searcher {
  public:
    // Throws InputError for a study of several goals.
    explicit CmaesSearcher(const StudySpec& spec);
    ~CmaesSearcher() override;

    // Draws by the study's seed and the trial's number, not from `rng`. nullopt once every assignment of a
    // finite space has been tried. The study must be of the spec given above. Not thread-safe: keeps the
    // state between calls.
    std::optional<Suggestion> suggest(const Study& study, Rng& rng) const override;

  private:
    class Replay;
    std::unique_ptr<Replay> replay_;
};

}  // namespace o2v::search
