// What a leaderboard shows, whatever its format: rows in order and columns as people read them. Private to
// the room.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "reports/leaderboard.hpp"
#include "reports/table.hpp"
#include "search/study/study.hpp"

namespace o2v::reports {

struct BoardRow {
    std::optional<std::size_t> rank;  // 1, 2, ...; none for a trial that has no value or is yet to run
    bool tied = false;                // others have this rank, too: the trials after them skip as many
    const Study* study = nullptr;
    const Trial* trial = nullptr;
    std::vector<std::optional<double>> values;  // by Board::metrics; the first is what it is ranked by
    bool on_front = false;                      // of a study with several goals
    bool infeasible = false;                    // completed, but outside of a constraint
};

// The studies must outlive it.
struct Board {
    std::vector<const Study*> studies;
    std::vector<std::string> metrics;          // of the goals and constraints, the first goal's first
    std::vector<const Parameter*> parameters;  // each name once
    bool front = false;                        // one study, of several goals
    bool constrained = false;
    bool energy = false;                        // any trial has joules
    std::map<const Study*, std::size_t> slots;  // slots_of()
    std::vector<BoardRow> rows;                 // best first

    const Goal& goal() const { return studies.front()->spec().goal; }
    bool several() const { return studies.size() > 1; }
};

// Trials in the order of Study::ranking(), over all studies; the paused ones with a value among the pruned
// ones; of one study with several goals those on the Pareto front before all others. Then the rest by number.
// Trials of one kind (on the front, completed, infeasible, pruned or paused) whose values of all goals are
// equal have one rank. Throws InputError naming both studies when the first goals differ. REQUIRES: a study.
Board board_of(std::span<const Study* const> studies);
// Only those with a rank: the ten best, and all of the front.
void keep_the_best(Board& board);

std::string rank_text(const std::optional<std::size_t>& rank, bool tied);  // "3", "=3", "-"
// One number of decimals for the whole column where four significant digits of the largest allow it.
std::vector<std::string> value_cells(const std::vector<std::optional<double>>& values);
// Parameters' values as cells, a column each.
std::vector<Column> parameter_columns(const std::vector<const Parameter*>& parameters,
                                      const std::vector<Assignment>& rows);
// A column of watt-hours.
Column energy_column(const std::vector<std::optional<double>>& joules);
std::vector<Column> columns_of(const Board& board, const LeaderboardOptions& options);

// How many slots the study's trials have been seen on, at least one.
std::size_t slots_of(const Study& study);
// What a trial's seconds on its slot cost, when an hour of the whole machine costs `price_per_hour` and its
// slots share that equally.
double cost_of(const Board& board, const BoardRow& row, double price_per_hour);

}  // namespace o2v::reports
