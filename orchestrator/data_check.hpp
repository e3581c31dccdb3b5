// The data an experiment names, looked at before any worker starts.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "model/data/dataset.hpp"
#include "orchestrator/experiment.hpp"

namespace o2v::orchestrator {

struct DataReport {
    std::map<std::string, data::Statistics> statistics;  // by "train", "validation", "test"
    std::vector<std::string> lines;                      // for people: "train: 70,115 pairs, ..."
};

// Scans every file against the fixed hyperparameters (vocabulary sizes, classes). Throws InputError with
// every problem: files that are missing and bad lines, each with file:line, field and value.
DataReport check_data(const Experiment& experiment);

// {"train": {"path", "bytes", "xxh3"}, ...} of every file named.
nlohmann::json data_hashes(const Experiment& experiment);

}  // namespace o2v::orchestrator
