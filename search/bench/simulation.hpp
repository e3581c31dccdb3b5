// A study played on a table of learning curves: several slots, a searcher and a pruner, and no worker. Time
// is counted in epochs.
#pragma once

#include <cstdint>
#include <optional>

#include "search/bench/curve_table.hpp"
#include "search/pruner.hpp"
#include "search/searcher.hpp"

namespace o2v::bench_search {

struct SimulationOptions {
    std::string strategy;
    PrunerOptions pruner;
    std::size_t slots = 4;
    std::size_t trials = 1000;  // created at most
    double within = 0.01;       // how near the best final loss of the table counts as found
};

struct Simulated {
    // Epochs trained by all slots until one trial had shown a loss of at most (1 + within) times the table's
    // best final loss: at any epoch, and at its last one. Absent = never.
    std::optional<std::int64_t> until_any, until_final;
    std::int64_t epochs = 0;  // trained until both, or until nothing was left to do
    std::size_t trials = 0;   // created
    std::size_t completed = 0;
    double cpu = 0;  // milliseconds of CPU for a suggestion, promotions included

    bool operator==(const Simulated&) const = default;
};

// Every epoch lasts as long as any other; slots report in their order, and one that is free begins at once:
// with a paused trial that the pruner promotes, else with a new one. A paused trial goes on where it was. A
// loss that is not finite ends its trial as diverged. A function of its arguments but for the times. Throws
// InputError when strategy or pruner do not exist or do not fit.
Simulated simulate(const CurveTable& table, const SimulationOptions& options, std::uint64_t seed);
// The same with a searcher and a pruner that need not be in the catalog.
Simulated simulate(const CurveTable& table, const SimulationOptions& options, std::uint64_t seed,
                   const search::Searcher& searcher, const search::Pruner& pruner);

}  // namespace o2v::bench_search
