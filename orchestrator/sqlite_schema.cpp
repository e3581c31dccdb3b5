#include "orchestrator/sqlite_schema.hpp"

#include <SQLiteCpp/Transaction.h>

#include <array>
#include <string>

namespace o2v::orchestrator {
namespace {

// Step i brings version i to i+1. A published step is never edited: a change is a new step.
constexpr std::array kSteps{
    // 1: the study, its events in order, and the same facts as tables to ask questions of.
    R"sql(
CREATE TABLE study (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    name TEXT NOT NULL,
    experiment TEXT NOT NULL,
    data_hashes TEXT NOT NULL,
    machine TEXT NOT NULL,
    versions TEXT NOT NULL,
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
);
CREATE TABLE trial (
    id INTEGER PRIMARY KEY,
    seed TEXT NOT NULL,
    params TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting',
    reason TEXT,
    best_epoch INTEGER,
    model_path TEXT
);
CREATE TABLE attempt (
    trial INTEGER NOT NULL REFERENCES trial (id),
    number INTEGER NOT NULL,
    worker TEXT NOT NULL,
    device TEXT NOT NULL,
    host TEXT NOT NULL,
    cores TEXT NOT NULL,
    started_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    ended_at TEXT,
    failure TEXT,
    message TEXT,
    PRIMARY KEY (trial, number)
) WITHOUT ROWID;
CREATE TABLE epoch (
    trial INTEGER NOT NULL REFERENCES trial (id),
    epoch INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    seconds REAL NOT NULL,
    pairs_per_second REAL NOT NULL,
    peak_memory_bytes INTEGER NOT NULL,
    PRIMARY KEY (trial, epoch)
) WITHOUT ROWID;
CREATE TABLE metric (
    trial INTEGER NOT NULL REFERENCES trial (id),
    epoch INTEGER NOT NULL,
    name TEXT NOT NULL,
    value REAL,
    PRIMARY KEY (trial, epoch, name)
) WITHOUT ROWID;
CREATE TABLE event (
    id INTEGER PRIMARY KEY,
    at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    trial INTEGER NOT NULL REFERENCES trial (id),
    kind TEXT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX event_trial ON event (trial);
CREATE TABLE worker (
    id INTEGER PRIMARY KEY,
    at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    name TEXT NOT NULL,
    pid INTEGER NOT NULL,
    host TEXT NOT NULL,
    device TEXT NOT NULL,
    device_name TEXT NOT NULL,
    cores TEXT NOT NULL,
    threads INTEGER NOT NULL,
    torch_version TEXT NOT NULL,
    blas TEXT NOT NULL
);
)sql",
    // 2: wall time over several runs, and the experiments a study had before it was extended.
    R"sql(
CREATE TABLE run (
    id INTEGER PRIMARY KEY,
    pid INTEGER NOT NULL,
    host TEXT NOT NULL,
    started_ms INTEGER NOT NULL,
    touched_ms INTEGER NOT NULL
);
CREATE TABLE former_experiment (
    id INTEGER PRIMARY KEY,
    replaced_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    experiment TEXT NOT NULL
);
)sql",
    // 3: what happened in a reproducible study before its turn to be told.
    R"sql(
CREATE TABLE held (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    trial INTEGER NOT NULL REFERENCES trial (id),
    kind TEXT NOT NULL,
    body TEXT NOT NULL
);
)sql",
    // 4: how many trials are in a state and which model is best, without looking at every trial.
    R"sql(
CREATE INDEX trial_state ON trial (state);
CREATE INDEX metric_kept ON metric (name, value, trial) WHERE epoch = -1;
)sql",
    // 5: energy, where the machine has counters of it.
    R"sql(
ALTER TABLE epoch ADD COLUMN joules REAL;
ALTER TABLE run ADD COLUMN joules REAL;
)sql"};

}  // namespace

int current_schema_version() {
    return static_cast<int>(kSteps.size());
}

int schema_version(SQLite::Database& db) {
    return db.execAndGet("PRAGMA user_version").getInt();
}

void upgrade_schema(SQLite::Database& db, int target) {
    for (int version = schema_version(db); version < target; ++version) {
        SQLite::Transaction transaction(db);
        db.exec(kSteps[static_cast<std::size_t>(version)]);
        db.exec("PRAGMA user_version = " + std::to_string(version + 1));
        transaction.commit();
    }
}

}  // namespace o2v::orchestrator
