// What of a study stays on disk, and how much it is.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "orchestrator/run_folder.hpp"
#include "search/study/study.hpp"

namespace o2v::orchestrator {

// Kept are the models of the best trials and, with several goals, of all on the Pareto front, the files of
// trials that have not ended (the last checkpoint and the one before it), what failed commands have printed,
// and promoted models.
inline constexpr std::size_t kModelsKept = 5;
// The trials whose models are kept, by number. Some of them may leave none.
std::set<TrialId> trials_with_kept_models(const Study& study);

// Removes what of the trial, and of one that it pushes out of the best, is not kept. To be called with each
// trial that ends.
void tidy_up(const RunFolder& folder, const Study& study, TrialId ended);

// What tidy_up would have removed had it always been reached, and what was being written when a process was
// killed: absolute paths of files and folders. Only looks. While a study is being run, some of it is in use.
std::vector<std::string> removable(const RunFolder& folder, const Study& study);

// Removes that, and starts a worker's log of more than kMostLogBytes anew, with the former one kept. Without
// an effect where it cannot. REQUIRES: this process holds the folder's RunLock and has no workers.
inline constexpr std::uintmax_t kMostLogBytes = 8u << 20;
void collect(const RunFolder& folder, const Study& study);

// Of the files in a folder and below; what vanishes meanwhile is left out.
std::uintmax_t bytes_below(const std::string& folder);

struct DiskUse {
    std::uintmax_t checkpoints = 0;
    std::uintmax_t models = 0;  // of the best trials and promoted ones
    std::uintmax_t logs = 0;
    std::uintmax_t database = 0;
    std::uintmax_t total() const { return checkpoints + models + logs + database; }
    bool operator==(const DiskUse&) const = default;
};
// Bytes of the files there are; what vanishes meanwhile is left out.
DiskUse disk_use(const RunFolder& folder);
// "1.20 GiB (checkpoints 1.10 GiB, models 80.0 MiB, logs 12.0 KiB, database 3.00 MiB)".
std::string to_text(const DiskUse& use);

}  // namespace o2v::orchestrator
