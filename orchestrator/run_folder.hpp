// Everything of a study lives under one folder: study.db, checkpoints/, logs/, models/, and
// refit/ while a winner is trained again.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "search/study/study.hpp"

namespace o2v::orchestrator {

class RunFolder {
  public:
    explicit RunFolder(std::string path);  // absolute or relative to the working directory

    const std::string& path() const { return path_; }
    std::string database() const { return path_ + "/study.db"; }
    std::string logs() const { return path_ + "/logs"; }
    std::string models() const { return path_ + "/models"; }
    std::string trial(TrialId id) const;  // checkpoints/trial-<id>
    std::string refits() const { return path_ + "/refit"; }
    bool has_study() const;
    // Throws StorageError when the folders cannot be made.
    void create() const;

  private:
    std::string path_;
};

// Held while a run goes on: a second one over the same folder is refused. Released by the operating system
// when the process ends, however it ends.
class RunLock {
  public:
    // Throws StorageError naming the process that holds it.
    explicit RunLock(const RunFolder& folder);
    // Of a study.db without the rest of its folder: the folder's lock; another database has a lock file of
    // its own beside it.
    static std::unique_ptr<RunLock> of_database(const std::string& path);
    ~RunLock();
    RunLock(const RunLock&) = delete;
    RunLock& operator=(const RunLock&) = delete;

    // The process that runs the study now, as "host:pid"; "" when none does.
    static std::string holder(const RunFolder& folder);

  private:
    RunLock(const std::string& file, const std::string& study);

    int fd_ = -1;
};

// Moves a study's folder out of the way, to the first of "<folder>.1", "<folder>.2", ... that is free, and
// returns that. Throws StorageError when the study is being run or the folder cannot be moved.
std::string set_aside(const RunFolder& folder);

// RUN as a person writes it: a study's folder, its study.db, or its name under runs/. Throws InputError with
// the studies there are.
RunFolder find_run(const std::string& run);
// The studies under runs/, the latest changed first.
std::vector<RunFolder> list_runs();

}  // namespace o2v::orchestrator
