// A study played by the real loop, searcher and database on workers that are made up: what they cost.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace o2v::bench_scale {

struct ScaleOptions {
    std::string strategy = "random";  // names of search/catalog.hpp
    std::string pruner = "none";
    std::string problem = "object2vec_like";  // a name of search/problems
    int workers = 100;
    std::int64_t trials = 1000;
    std::int64_t epochs = 2;  // reports of a trial
    // What an epoch takes, between half of it and one and a half. 0: nothing takes time, and the loop is
    // asked as fast as it can answer.
    double epoch_seconds = 0;
    std::uint64_t seed = 1;
    std::string folder;  // where a database is made, and removed
};

struct ScaleResult {
    std::int64_t trials = 0;      // begun; all have ended but those that a pruner has left paused
    std::int64_t happenings = 0;  // of trials: reports, endings, pauses
    double seconds = 0;
    // CPU seconds of this thread: of the loop with the study, the pruner and the observer; of the searcher;
    // of the database. What the made-up workers took is left out.
    double loop_cpu = 0, search_cpu = 0, storage_cpu = 0;
    double cpu() const { return loop_cpu + search_cpu + storage_cpu; }
    std::vector<double> suggestions;  // CPU milliseconds of each
    std::vector<double>
        answers;  // seconds that workers waited for the answer to a report; when epochs take time
    std::int64_t database_bytes = 0;
};

// Throws InputError for what the options name and is not there, StorageError.
ScaleResult play(const ScaleOptions& options);

// The value that a share of them, 0 to 1, does not exceed; NaN of none.
double quantile(std::vector<double> values, double share);

}  // namespace o2v::bench_scale
