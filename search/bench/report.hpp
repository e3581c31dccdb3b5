// A contest's outcome as text and as JSON.
#pragma once

#include "search/bench/scores.hpp"

namespace o2v::bench_search {

// Aligned columns, one line for each score.
std::string text_of(const std::vector<Score>& scores, const ContestOptions& options);
// One object: options, milestones, rows; numbers that are not finite are null. With `trace` also each play's
// values.
std::string json_of(const std::vector<Score>& scores, const Landscapes& landscapes,
                    const ContestOptions& options, const std::vector<Entrant>& entrants, bool trace);
// Tab-separated, with a line of column names: problem, strategy, seed, trial, value, best so far,
// milliseconds of CPU.
std::string trace_of(const Landscapes& landscapes, const ContestOptions& options,
                     const std::vector<Entrant>& entrants);

}  // namespace o2v::bench_search
