// A look-up table of every combination of listed values, each trained under several seeds, such as FCNet
// (Klein & Hutter, "Tabular Benchmarks for Joint Architecture and Hyperparameter Optimization", 2019).
#pragma once

#include "search/bench/landscape.hpp"

namespace o2v::bench_search {

// The prefix of the columns that hold values; all others are parameters.
inline constexpr const char* kSeedColumn = "valid_mse_seed";

// Columns of more than two different numbers are ordinal, in ascending order, and all others categorical. The
// value is the mean over the seeds that gave a number. Throws InputError when the file cannot be read, has no
// parameter, no value column or no row, or is not the full grid with every combination once.
std::unique_ptr<const Landscape> read_grid_table(const std::string& path, const std::string& name,
                                                 const std::string& group);

}  // namespace o2v::bench_search
