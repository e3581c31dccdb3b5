// What a contest says: one row for a strategy on a landscape, and one for it over several.
#pragma once

#include <optional>

#include "search/bench/contest.hpp"

namespace o2v::bench_search {

struct Score {
    std::string strategy;
    std::string problem;             // or "mean of fcnet", "mean"
    std::size_t problems = 1;        // that the row speaks of
    std::string refusal;             // then nothing else is set
    std::vector<double> gap_closed;  // at each milestone: median over seeds, its mean over problems
    std::vector<double> value;       // at each milestone: median over seeds; empty for means
    double cpu_mean = 0;             // milliseconds for a suggestion, over all trials and seeds
    double cpu_last = 0;             // of the last 50 trials
    std::optional<double> p;         // against the baseline, see below; absent for the baseline itself
};

// A row for each entrant, then, when there is more than one landscape, for each strategy the mean of each
// group (of more than one) and of all landscapes that it can search. `p` compares the values after the last
// trial over the seeds by rank_sum_p; of a mean, each seed's mean of the gap closed over the landscapes that
// both can search.
std::vector<Score> scores(const Landscapes& landscapes, const ContestOptions& options,
                          const std::vector<Entrant>& entrants);

}  // namespace o2v::bench_search
