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
    std::optional<std::size_t> rank;
    bool tied = false;
    Assignment params;                  // without the fixed ones
    std::vector<const BoardRow*> runs;  // in the order of studies and numbers, each seed once
    double mean = 0;                    // of the first goal's values
    double seconds = 0;                 // mean as well
    // Of the 95 % interval of the mean by Student's t with n - 1 degrees of freedom; nullopt for one run.
    std::optional<double> half_width;
};

// By mean, best first. `board` must outlive it and hold all trials.
std::vector<SeedGroup> seed_groups(const Board& board);
// The number x that Student's t with `freedom` degrees of freedom is at most with probability 0.975, by
// bisection of the distribution's finite sums (Abramowitz & Stegun 26.7.3, 26.7.4). REQUIRES: freedom > 0.
double student_t_975(std::size_t freedom);

// A table for text, Markdown and HTML; `most` rows of it.
std::vector<Column> seed_columns(const Board& board, const std::vector<SeedGroup>& groups,
                                 const LeaderboardOptions& options);
std::string seeds_csv(const Board& board, const std::vector<SeedGroup>& groups,
                      const LeaderboardOptions& options);
std::string seeds_json(const Board& board, const std::vector<SeedGroup>& groups,
                       const LeaderboardOptions& options);

}  // namespace o2v::reports
