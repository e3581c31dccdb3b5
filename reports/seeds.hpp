// Configurations that were run with several seeds. Private to the room.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "reports/board.hpp"

namespace o2v::reports {

// Completed trials, feasible and with a finite value, of one configuration: equal values of all parameters,
// the fixed ones included.
struct SeedGroup {
    std::size_t rank = 0;  // 1, 2, ...
    bool tied = false;
    Assignment params;                  // without the fixed ones
    std::vector<const BoardRow*> runs;  // in the order of studies and numbers, each seed once
    double mean = 0;                    // of the first goal's values
    double seconds = 0;                 // mean as well
    std::optional<double> joules;       // mean as well; none unless each run has them
    std::optional<double> low, high;    // the mean's 95 % interval by Student's t; none of one run
};

// By mean, best first. `board` must outlive it and hold all trials.
std::vector<SeedGroup> seed_groups(const Board& board);
// A table for text, Markdown and HTML.
std::vector<Column> seed_columns(const Board& board, const std::vector<SeedGroup>& groups,
                                 const LeaderboardOptions& options);
std::string seeds_csv(const Board& board, const std::vector<SeedGroup>& groups,
                      const LeaderboardOptions& options);
std::string seeds_json(const Board& board, const std::vector<SeedGroup>& groups,
                       const LeaderboardOptions& options);

}  // namespace o2v::reports
