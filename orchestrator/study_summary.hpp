// What a study is doing, asked of its database's tables: for 100,000 trials at the cost of a few.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "search/study/study.hpp"

namespace o2v::orchestrator {

struct BestTrial {
    TrialId id = 0;
    double value = 0;
    Assignment params;
    bool operator==(const BestTrial&) const = default;
};

// A trial that a worker has, or had when its o2v-tune ended.
struct RunningTrial {
    TrialId id = 0;
    int attempt = 1;
    std::string worker, device;
    std::int64_t epochs = 0;              // in its curve, those of the trial it is a fork of included
    std::optional<std::int64_t> planned;  // nullopt: it is not told
    std::optional<double> last, best;     // of the first goal; NaN where nothing but NaN was reported
};

struct StudySummary {
    std::string name;
    Goal goal;
    std::array<std::size_t, kTrialStates> counts{};  // by state
    std::optional<BestTrial> best;                   // Study::best()
    std::vector<RunningTrial> running;               // by number
    std::optional<std::chrono::milliseconds> quiet;  // since the last event; nullopt when there is none

    std::size_t count(TrialState state) const { return counts[static_cast<std::size_t>(state)]; }
};

// The same as the study's events say. A study of an older schema is read as well, if more slowly. Throws
// StorageError when there is no database, it cannot be read, or holds no study.
StudySummary read_summary(const std::string& database);

// The first trial with these parameters, whatever became of it; nullopt when there is none. Throws as
// read_summary().
std::optional<TrialId> trial_with(const std::string& database, const Assignment& params);

// Where a trial has come to.
struct TrialStanding {
    TrialState state = TrialState::waiting;
    int attempt = 0;     // the latest one; 0: none has been started
    std::string worker;  // that has or had it
};
// nullopt when there is no such trial. Throws as read_summary().
std::optional<TrialStanding> standing_of(const std::string& database, TrialId trial);

}  // namespace o2v::orchestrator
