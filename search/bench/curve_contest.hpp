// Strategies with a pruner against random search that trains every trial to its end.
#pragma once

#include <functional>
#include <limits>

#include "search/bench/catalog.hpp"
#include "search/bench/simulation.hpp"

namespace o2v::bench_search {

struct CurveContestOptions {
    std::vector<std::string> strategies;
    SimulationOptions simulation;      // its strategy is each of the above in turn
    std::size_t seeds = 10;            // of each strategy on each table
    std::size_t reference_seeds = 50;  // of random search on each table
    std::uint64_t first_seed = 0;
    std::size_t jobs = 1;
};

// Epochs, infinite for never, and how many times more random search needs.
struct Effort {
    std::vector<double> epochs;  // one per seed
    double reference = 0;        // random search's median over its seeds, on the same table and slots
    double median_epochs() const;
    // reference / epochs, seed by seed; 0 for never. 1 when random search never comes there either.
    std::vector<double> times_fewer() const;
};

struct CurveScore {
    std::string strategy;
    std::string problem;
    Effort any;                        // until a loss near the best was seen at any epoch
    Effort final;                      // at a trial's last epoch
    double trials = 0, completed = 0;  // mean over the seeds
    double cpu = 0;                    // milliseconds for a suggestion
};

// In order of strategies within tables. `progress` as in contest(). Throws InputError for a strategy or a
// pruner that does not exist or does not fit.
std::vector<CurveScore> curve_contest(const CurveTables& tables, const CurveContestOptions& options,
                                      const std::function<void(std::size_t, std::size_t)>& progress);

// Median over tables and seeds of how many times fewer epochs the strategy needs. REQUIRES: a strategy of
// `scores`.
double times_fewer(const std::vector<CurveScore>& scores, const std::string& strategy,
                   Effort CurveScore::*effort);

// A line for each score, then each strategy's median over all.
std::string text_of(const std::vector<CurveScore>& scores, const CurveContestOptions& options);
// One object: options, rows, medians. Epochs that are never reached are null.
std::string json_of(const std::vector<CurveScore>& scores, const CurveContestOptions& options);

}  // namespace o2v::bench_search
