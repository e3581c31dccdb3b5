#include <SQLiteCpp/SQLiteCpp.h>

#include <chrono>
#include <cmath>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <type_traits>

#include "orchestrator/sqlite_errors.hpp"
#include "orchestrator/sqlite_schema.hpp"
#include "orchestrator/storage.hpp"
#include "search/study/errors.hpp"
#include "search/study/study.hpp"
#include "worker/protocol/json.hpp"
#include "worker/protocol/messages.hpp"

namespace o2v::orchestrator {
namespace {

constexpr int kBusyMilliseconds = 5000;
// epoch of the rows in `metric` that describe the model kept; real epochs count from 0.
constexpr std::int64_t kKeptModel = -1;

std::int64_t now_ms() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

std::string cores_text(const std::vector<int>& cores) {
    return nlohmann::json(cores).dump();
}

class SqliteStorage final : public Storage {
  public:
    SqliteStorage(const std::string& path, OpenMode mode)
        : path_(path),
          db_(path,
              mode == OpenMode::read_only ? SQLite::OPEN_READONLY
                                          : SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE,
              kBusyMilliseconds) {
        db_.exec("PRAGMA foreign_keys = ON");
        const int version = schema_version(db_);
        if (version > current_schema_version())
            throw StorageError(path + ": written by a newer o2v-tune (schema " + std::to_string(version) +
                               ", this one knows " + std::to_string(current_schema_version()) + ")");
        if (mode == OpenMode::read_only) {
            if (version == 0) throw StorageError(path + ": holds no study yet");
            return;
        }
        db_.exec("PRAGMA journal_mode = WAL");
        db_.exec("PRAGMA synchronous = NORMAL");
        upgrade_schema(db_, current_schema_version());
    }

    bool has_study() const override {
        return guarded([&] { return db_.execAndGet("SELECT count(*) FROM study").getInt() > 0; });
    }

    void create(const StudyRecord& s) override {
        guarded([&] {
            run("INSERT INTO study (id, name, experiment, data_hashes, machine, versions) VALUES (1, ?, ?, "
                "?, ?, ?)",
                s.name, s.experiment, s.data_hashes, s.machine, s.versions);
        });
    }

    StudyRecord study() const override {
        return guarded([&] {
            SQLite::Statement query(db_,
                                    "SELECT name, experiment, data_hashes, machine, versions FROM study");
            if (!query.executeStep()) throw StorageError(path_ + ": holds no study");
            return StudyRecord{query.getColumn(0).getString(), query.getColumn(1).getString(),
                               query.getColumn(2).getString(), query.getColumn(3).getString(),
                               query.getColumn(4).getString()};
        });
    }

    void replace_experiment(const std::string& experiment) override {
        in_transaction([&] {
            db_.exec("INSERT INTO former_experiment (experiment) SELECT experiment FROM study");
            run("UPDATE study SET experiment = ?", experiment);
        });
    }

    void record(std::span<const TrialEvent> events) override {
        if (events.empty()) return;
        in_transaction([&] {
            for (const TrialEvent& event : events) record_one(event);
        });
    }

    std::vector<TrialEvent> load() const override {
        return guarded([&] {
            std::vector<TrialEvent> events;
            SQLite::Statement query(db_, "SELECT id, body FROM event ORDER BY id");
            while (query.executeStep()) {
                try {
                    events.push_back(
                        protocol::event_from_json(nlohmann::json::parse(query.getColumn(1).getText())));
                } catch (const std::exception& e) {
                    throw StorageError(path_ + ": event " + query.getColumn(0).getString() +
                                       " cannot be read: " + e.what());
                }
            }
            return events;
        });
    }

    void record_worker(const WorkerRecord& w) override {
        guarded([&] {
            run("INSERT INTO worker (name, pid, host, device, device_name, cores, threads, torch_version, "
                "blas)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                w.name, w.pid, w.host, w.device, w.device_name, cores_text(w.cores), w.threads,
                w.torch_version, w.blas);
        });
    }

    void start_run(int pid, const std::string& host) override {
        guarded([&] {
            const std::int64_t now = now_ms();
            run("INSERT INTO run (pid, host, started_ms, touched_ms) VALUES (?, ?, ?, ?)", pid, host, now,
                now);
            run_id_ = db_.getLastInsertRowid();
        });
    }

    void touch_run() override {
        guarded(
            [&] { run("UPDATE run SET touched_ms = max(touched_ms, ?) WHERE id = ?", now_ms(), run_id_); });
    }

    std::int64_t milliseconds_of_runs() const override {
        return guarded([&]() -> std::int64_t {
            if (!db_.tableExists("run")) return 0;  // the first schema had none
            return db_.execAndGet("SELECT coalesce(sum(touched_ms - started_ms), 0) FROM run").getInt64();
        });
    }

  private:
    template <class Action>
    std::invoke_result_t<Action> guarded(Action action) const {
        try {
            return action();
        } catch (const SQLite::Exception& e) {
            throw explain(e, path_);
        }
    }

    template <class Action>
    void in_transaction(Action action) {
        guarded([&] {
            SQLite::Transaction transaction(db_, SQLite::TransactionBehavior::IMMEDIATE);
            action();
            transaction.commit();
        });
    }

    // Statements are prepared once and kept, by the address of their text.
    template <class... Values>
    void run(const char* sql, const Values&... values) {
        SQLite::Statement& statement = prepared_.try_emplace(sql, db_, sql).first->second;
        statement.tryReset();  // whatever became of it the last time
        int index = 0;
        (statement.bind(++index, values), ...);
        statement.exec();
        statement.reset();
    }

    void record_one(const TrialEvent& event) {
        // The trial's row first, since the event refers to it.
        std::visit([this](const auto& e) { project(e); }, event);
        const nlohmann::json body = protocol::to_json(event);
        run("INSERT INTO event (trial, kind, body) VALUES (?, ?, ?)", trial_of(event),
            body.at("event").get<std::string>(),
            body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
        if (std::holds_alternative<AttemptStarted>(event) || std::holds_alternative<Reported>(event))
            touch_run();
    }

    void set_state(TrialId trial, TrialState state, const std::string& reason) {
        run("UPDATE trial SET state = ?, reason = nullif(?, '') WHERE id = ?", std::string(to_text(state)),
            reason, trial);
    }
    void project(const TrialCreated& e) {
        run("INSERT INTO trial (id, seed, params) VALUES (?, ?, ?)", e.trial, std::to_string(e.seed),
            protocol::to_json(e.params).dump());
    }
    void project(const AttemptStarted& e) {
        run("INSERT INTO attempt (trial, number, worker, device, host, cores) VALUES (?, ?, ?, ?, ?, ?)",
            e.trial, e.attempt, e.worker, e.device, e.host, cores_text(e.cores));
        set_state(e.trial, TrialState::running, "");
    }
    void project(const Reported& e) {
        const Measurement& m = e.measurement;
        run("INSERT OR REPLACE INTO epoch (trial, epoch, attempt, seconds, pairs_per_second, "
            "peak_memory_bytes)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            e.trial, m.epoch, e.attempt, static_cast<double>(m.elapsed.count()) / 1000, m.pairs_per_second,
            m.peak_memory_bytes);
        project_metrics(e.trial, m.epoch, m.metrics);
    }
    // NaN has no place in SQL: it is stored as NULL here, and as it is in `event`.
    void project_metrics(TrialId trial, std::int64_t epoch, const Metrics& metrics) {
        for (const auto& [name, value] : metrics)
            run("INSERT OR REPLACE INTO metric (trial, epoch, name, value) VALUES (?, ?, ?, ?)", trial, epoch,
                name, value);
    }
    void project(const Checkpointed&) {}
    void project(const Paused& e) { set_state(e.trial, TrialState::paused, e.reason); }
    void project(const AttemptFailed& e) {
        run("UPDATE attempt SET ended_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), failure = ?, message = ?"
            " WHERE trial = ? AND number = ?",
            std::string(to_text(e.kind)), e.message, e.trial, e.attempt);
        set_state(e.trial, TrialState::waiting, "");
    }
    void project(const TrialEnded& e) {
        run("UPDATE attempt SET ended_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now') WHERE trial = ? AND "
            "ended_at IS NULL",
            e.trial);
        if (const auto* done = std::get_if<Completed>(&e.ending)) {
            set_state(e.trial, TrialState::completed, "");
            run("UPDATE trial SET best_epoch = ?, model_path = nullif(?, '') WHERE id = ?", done->best_epoch,
                done->model_path, e.trial);
            project_metrics(e.trial, kKeptModel, done->metrics);
        } else if (const auto* pruned = std::get_if<Pruned>(&e.ending)) {
            set_state(e.trial, TrialState::pruned, pruned->reason);
        } else {
            set_state(e.trial, TrialState::failed, std::get<Failure>(e.ending).message);
        }
    }

    std::string path_;
    mutable SQLite::Database db_;
    std::map<const char*, SQLite::Statement> prepared_;
    std::int64_t run_id_ = 0;
};

}  // namespace

std::unique_ptr<Storage> open_sqlite_storage(const std::string& path, OpenMode mode) {
    if (mode == OpenMode::read_only && !std::filesystem::exists(path))
        throw StorageError(path + ": there is no study here");
    try {
        return std::make_unique<SqliteStorage>(path, mode);
    } catch (const SQLite::Exception& e) {
        throw explain(e, path);
    }
}

}  // namespace o2v::orchestrator
