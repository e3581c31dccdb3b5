// The data an experiment names, looked at before any worker starts.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "model/data/pair_cache.hpp"
#include "orchestrator/experiment.hpp"

namespace o2v::orchestrator {

struct DataReport {
    std::map<std::string, data::Statistics> statistics;  // by "train", "validation", "test"
    std::vector<std::string> lines;                      // for people: "train: 70,115 pairs, ..."
    std::vector<std::string> warnings;                   // for people: bad lines that are left out
};

// Reads every file against the fixed hyperparameters (vocabulary sizes, classes) and leaves its binary form
// in the machine's cache, where workers find it. Throws InputError with every problem: files that are missing
// and bad lines, each with file:line, field and value.
DataReport check_data(const Experiment& experiment);

// {"train": {"path", "bytes", "xxh3"}, ...} of every file named; with "pairs" and "skipped_lines" (those the
// fixed hyperparameters refuse) for pairs.
nlohmann::json data_hashes(const Experiment& experiment, const DataReport& report);

// A cache of binary forms that warns on standard error.
data::PairCache make_pair_cache();

// 70115 -> "70,115".
std::string with_commas(std::int64_t n);

}  // namespace o2v::orchestrator
