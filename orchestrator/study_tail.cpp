#include "orchestrator/study_tail.hpp"

#include <SQLiteCpp/SQLiteCpp.h>

#include <nlohmann/json.hpp>

#include "orchestrator/sqlite_errors.hpp"
#include "orchestrator/stored_study.hpp"
#include "worker/protocol/json.hpp"

namespace o2v::orchestrator {
struct StudyTail::Parts {
    explicit Parts(const std::string& file)
        : database(file), experiment(stored_experiment(file)), db(open_to_read(file)) {}

    std::string database;
    Experiment experiment;
    SQLite::Database db;
    std::int64_t seen = 0;  // the last event's number
};

StudyTail::StudyTail(const std::string& database) : parts_(std::make_unique<Parts>(database)) {}
StudyTail::~StudyTail() = default;

const Experiment& StudyTail::experiment() const {
    return parts_->experiment;
}

std::vector<TimedRun> StudyTail::runs() const {
    try {
        std::vector<TimedRun> runs;
        if (!parts_->db.tableExists("run")) return runs;  // the first schema had none
        SQLite::Statement query(parts_->db, "SELECT started_ms, touched_ms FROM run ORDER BY id");
        while (query.executeStep())
            runs.push_back({std::chrono::milliseconds(query.getColumn(0).getInt64()),
                            std::chrono::milliseconds(query.getColumn(1).getInt64())});
        return runs;
    } catch (const SQLite::Exception& e) {
        throw explain(e, parts_->database);
    }
}

std::vector<TimedEvent> StudyTail::next() {
    try {
        std::vector<TimedEvent> events;
        SQLite::Statement query(
            parts_->db,
            "SELECT id, body, (julianday(at) - 2440587.5) * 86400000 FROM event WHERE id > ? "
            "ORDER BY id");
        query.bind(1, parts_->seen);
        while (query.executeStep()) {
            events.push_back(
                {std::chrono::milliseconds(query.getColumn(2).getInt64()),
                 protocol::event_from_json(nlohmann::json::parse(query.getColumn(1).getText()))});
            parts_->seen = query.getColumn(0).getInt64();
        }
        return events;
    } catch (const SQLite::Exception& e) {
        throw explain(e, parts_->database);
    } catch (const std::exception& e) {
        throw StorageError(parts_->database + ": event " + std::to_string(parts_->seen + 1) +
                           " cannot be read: " + e.what());
    }
}

}  // namespace o2v::orchestrator
