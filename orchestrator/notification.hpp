// A program that is told when a run has ended.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/tuner.hpp"

namespace o2v::orchestrator {

// What it is told, in its environment: O2V_STUDY, O2V_FOLDER, O2V_END (done, interrupted, failed), O2V_WHY,
// O2V_TRIALS (ended ones), O2V_BEST_TRIAL and O2V_BEST_VALUE (both empty when there is none).
std::vector<std::string> notification_environment(const Study& study, const std::string& folder,
                                                  const RunResult& result);

struct Notification {
    std::vector<std::string> command;  // program and arguments; a path with a slash is taken from `folder`
    std::string folder;                // where it runs
    std::string log;                   // what it prints is appended to this file
    std::vector<std::string> environment;  // "NAME=value", besides this process's own
    std::chrono::milliseconds at_most{30'000};
};
// Runs it to its end; after `at_most` it is killed with all it has started. Returns what went wrong as a
// sentence, nullopt when nothing did.
std::optional<std::string> notify(const Notification& notification);

}  // namespace o2v::orchestrator
