// Where a study's events are kept. All or none, durable, in order.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "search/study/event.hpp"

namespace o2v::orchestrator {

// A study as it was created: the resolved experiment and what it was created with, as JSON texts.
struct StudyRecord {
    std::string name;
    std::string experiment;   // complete, to_json(Experiment)
    std::string data_hashes;  // {"train": {"path":..., "xxh3":...}, ...}
    std::string machine;      // {"host":..., "cpu":..., "cores":..., "memory_bytes":..., "gpus":[...]}
    std::string versions;     // {"o2v":..., "boost":..., "sqlite":...}
    bool operator==(const StudyRecord&) const = default;
};

// What a worker said of itself when it greeted.
struct WorkerRecord {
    std::string name;
    int pid = 0;
    std::string host, device, device_name;
    std::vector<int> cores;
    int threads = 1;
    std::string torch_version, blas;
    bool operator==(const WorkerRecord&) const = default;
};

// When what commit() has returned from survives a power loss; a killed process loses nothing either way.
enum class Durability {
    second,   // with the next sync(), which a run calls every second
    at_once,  // before commit() returns: an fsync each
};

// An event of a reproducible study that has happened before its turn to be told.
struct HeldEvent {
    std::int64_t number = 0;  // the storage's own
    TrialEvent event;
    bool operator==(const HeldEvent&) const = default;
};

// Contract, held by every implementation (tests/orchestrator/storage_contract_test.cpp): after commit()
// returns, load() gives what was added before in the order it was added, also from another process and after
// a kill -9; after commit() throws StorageError nothing that was added since the one before is there. One
// writer at a time.
class Storage {
  public:
    virtual ~Storage() = default;

    virtual bool has_study() const = 0;
    // REQUIRES: !has_study().
    virtual void create(const StudyRecord& study) = 0;
    virtual StudyRecord study() const = 0;  // REQUIRES: has_study()
    // Another experiment from now on (an extended budget). The earlier text is kept in the history.
    virtual void replace_experiment(const std::string& experiment) = 0;

    virtual void add(const TrialEvent& event) = 0;
    virtual void commit() = 0;
    // Adds them and commits.
    void record(std::span<const TrialEvent> events);
    virtual std::vector<TrialEvent> load() const = 0;

    // Keeps an event whose turn has not come apart from the others, and returns its number. Part of what
    // commit() makes durable, as release() is: that removes it, when it has been added or is of no use.
    virtual std::int64_t hold(const TrialEvent& event) = 0;
    virtual void release(std::int64_t number) = 0;
    virtual std::vector<HeldEvent> held() const = 0;  // in the order in which they were held

    virtual void record_worker(const WorkerRecord& worker) = 0;  // committed
    // Of every worker that greeted, in order.
    virtual std::vector<WorkerRecord> workers() const = 0;
    // Everything recorded until now survives a power loss. Costs nothing when nothing was recorded since the
    // last time. Throws StorageError.
    virtual void sync() {}

    // One run of o2v-tune over the study, for the wall time used. touch_run sets its end to now.
    virtual void start_run(int pid, const std::string& host) = 0;
    virtual void touch_run() = 0;
    // What the run has used so far, in joules.
    virtual void record_energy(double joules) = 0;
    virtual std::int64_t milliseconds_of_runs()
        const = 0;  // over all runs, the current one included up to its last touch
};

std::unique_ptr<Storage> make_memory_storage();

enum class OpenMode { read_only, read_write };
// Opens or (read_write) creates the SQLite database, upgrading an older schema. Throws StorageError with a
// sentence that says what to do: cannot be opened, damaged, empty where a study has been, locked by another
// process, disk full, or written by a newer o2v-tune.
std::unique_ptr<Storage> open_sqlite_storage(const std::string& path, OpenMode mode,
                                             Durability durability = Durability::second);

}  // namespace o2v::orchestrator
