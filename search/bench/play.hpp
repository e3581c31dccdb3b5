// One strategy's search of one landscape, trial after trial.
#pragma once

#include <cstdint>

#include "search/bench/landscape.hpp"
#include "search/searcher.hpp"

namespace o2v::bench_search {

struct Play {
    std::vector<double> values;          // of each trial, in order; NaN = diverged
    std::vector<double> suggestion_cpu;  // milliseconds of CPU of this thread, for each trial

    // The best of the first n trials, or of all when there are fewer; NaN when none gave a number.
    double best_of(std::size_t n) const;
};

StudySpec spec_for(const Landscape& landscape, const std::string& strategy, std::uint64_t seed);

// The generator of one suggestion, seeded as o2v-tune seeds it.
Rng suggestion_rng(const StudySpec& spec, TrialId trial);
std::uint64_t training_seed(const StudySpec& spec, TrialId trial);

// Ends before `trials` when the strategy or the landscape has nothing left. A function of its arguments but
// for the times. Throws InputError when the strategy does not exist or cannot search the space.
Play play(const Landscape& landscape, const std::string& strategy, std::uint64_t seed, std::size_t trials);

}  // namespace o2v::bench_search
