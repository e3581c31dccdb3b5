// A study that another process runs, followed through its database.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "orchestrator/experiment.hpp"
#include "search/study/study.hpp"

namespace o2v::orchestrator {

// Milliseconds since 1970.
struct TimedEvent {
    std::chrono::milliseconds at{0};
    TrialEvent event;
};
struct TimedRun {
    std::chrono::milliseconds started{0}, touched{0};
};

class StudyTail {
  public:
    // Throws StorageError when there is no database, it cannot be read, or holds no study.
    explicit StudyTail(const std::string& database);
    ~StudyTail();
    StudyTail(const StudyTail&) = delete;
    StudyTail& operator=(const StudyTail&) = delete;

    const Experiment& experiment() const;
    // The runs of it until now, the last one may be going on.
    std::vector<TimedRun> runs() const;
    // What has been recorded since the last call, in order; all of it at first. Throws StorageError.
    std::vector<TimedEvent> next();

  private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace o2v::orchestrator
