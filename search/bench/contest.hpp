// Every strategy on every landscape under every seed, and what came of it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "search/bench/play.hpp"

namespace o2v::bench_search {

struct ContestOptions {
    std::vector<std::string> strategies;  // names of search/catalog.hpp
    std::string baseline;                 // one of them; empty = no comparison
    std::size_t trials = 100;
    std::size_t seeds = 10;
    std::uint64_t first_seed = 0;
    std::size_t jobs = 1;
};

// One strategy on one landscape.
struct Entrant {
    std::size_t strategy = 0;  // index of ContestOptions::strategies
    std::size_t landscape = 0;
    std::string refusal;      // why the strategy cannot search this space; then there are no plays
    std::vector<Play> plays;  // one per seed
};

// The numbers of trials after which plays are looked at: 25, 50 and 100 as far as they go, and the last.
std::vector<std::size_t> milestones(std::size_t trials);

// In order of strategies within landscapes. `progress(finished, all)` is called after each play, one call at
// a time. Throws InputError for a strategy that does not exist.
std::vector<Entrant> contest(const Landscapes& landscapes, const ContestOptions& options,
                             const std::function<void(std::size_t, std::size_t)>& progress);

}  // namespace o2v::bench_search
