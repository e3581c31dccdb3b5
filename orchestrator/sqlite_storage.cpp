#include <SQLiteCpp/SQLiteCpp.h>
#include <sqlite3.h>

#include <chrono>
#include <cmath>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
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

// SQLite takes an empty file for a new database. Beside a study's checkpoints or logs, which come after its
// record, it is what is left of one.
void refuse_emptied(const std::string& path) {
    namespace fs = std::filesystem;
    const auto is_empty = [](const fs::path& file) {
        std::error_code error;
        return fs::file_size(file, error) == 0 || error;
    };
    const bool in_run_folder = fs::path(path).filename() == "study.db" && fs::exists(path);
    if (!in_run_folder || !is_empty(path) || !is_empty(path + "-wal")) return;
    for (const char* name : {"checkpoints", "logs"}) {
        std::error_code error;
        const fs::path folder = fs::absolute(path).parent_path() / name;
        if (fs::is_directory(folder, error) && !fs::is_empty(folder, error))
            throw StorageError(path + ": is empty, though there are files of its study in " +
                               folder.string() +
                               ": it is damaged; restore it from a backup or move the folder away");
    }
}

class SqliteStorage final : public Storage {
  public:
    SqliteStorage(const std::string& path, OpenMode mode, Durability durability)
        : path_(path),
          db_(mode == OpenMode::read_only
                  ? open_to_read(path)
                  : SQLite::Database(path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, kBusyMilliseconds)) {
        db_.exec("PRAGMA foreign_keys = ON");
        const int version = schema_version(db_);
        if (version > current_schema_version())
            throw StorageError(path + ": written by a newer o2v-tune (schema " + std::to_string(version) +
                               ", this one knows " + std::to_string(current_schema_version()) + ")");
        if (mode == OpenMode::read_only) return;
        db_.exec("PRAGMA journal_mode = WAL");
        db_.exec(durability == Durability::at_once ? "PRAGMA synchronous = FULL"
                                                   : "PRAGMA synchronous = NORMAL");
        upgrade_schema(db_, current_schema_version());
        by_sync_ = durability == Durability::second;
    }

    bool has_study() const override {
        return guarded([&] {
            return schema_version(db_) > 0 && db_.execAndGet("SELECT count(*) FROM study").getInt() > 0;
        });
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

    void add(const TrialEvent& event) override {
        writing([&] {
            // The trial's row first, since the event refers to it.
            std::visit([this](const auto& e) { project(e); }, event);
            insert("INSERT INTO event (trial, kind, body) VALUES (?, ?, ?)", event);
            if (std::holds_alternative<AttemptStarted>(event) || std::holds_alternative<Reported>(event))
                touch();
        });
    }

    void commit() override {
        if (!transaction_) return;
        writing([&] { transaction_->commit(); });
        transaction_.reset();
    }

    std::vector<TrialEvent> load() const override {
        std::vector<TrialEvent> events;
        read_events("SELECT id, body FROM event ORDER BY id",
                    [&](std::int64_t, TrialEvent event) { events.push_back(std::move(event)); });
        return events;
    }

    std::int64_t hold(const TrialEvent& event) override {
        return writing([&] {
            insert("INSERT INTO held (trial, kind, body) VALUES (?, ?, ?)", event);
            return db_.getLastInsertRowid();
        });
    }

    void release(std::int64_t number) override {
        writing([&] { run("DELETE FROM held WHERE id = ?", number); });
    }

    std::vector<HeldEvent> held() const override {
        std::vector<HeldEvent> events;
        read_events("SELECT id, body FROM held ORDER BY id", [&](std::int64_t number, TrialEvent event) {
            events.push_back({number, std::move(event)});
        });
        return events;
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

    std::vector<WorkerRecord> workers() const override {
        return guarded([&] {
            std::vector<WorkerRecord> workers;
            SQLite::Statement query(db_,
                                    "SELECT name, pid, host, device, device_name, cores, threads, "
                                    "torch_version, blas FROM worker ORDER BY id");
            while (query.executeStep()) {
                const auto text = [&](int column) { return query.getColumn(column).getString(); };
                workers.push_back({text(0), query.getColumn(1).getInt(), text(2), text(3), text(4),
                                   nlohmann::json::parse(text(5)).get<std::vector<int>>(),
                                   query.getColumn(6).getInt(), text(7), text(8)});
            }
            return workers;
        });
    }

    // With synchronous = NORMAL a commit is written to the write-ahead log and not synced. Recovery takes
    // every transaction of that log whose frames are whole, so that syncing the log makes all commits before
    // it last; before frames move from the log into the database SQLite syncs both by itself.
    void sync() override {
        const int changes = db_.getTotalChanges();
        if (!by_sync_ || changes == synced_changes_) return;
        sqlite3_file* log = nullptr;
        int code = sqlite3_file_control(db_.getHandle(), "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
        if (code == SQLITE_OK && log && log->pMethods) code = log->pMethods->xSync(log, SQLITE_SYNC_NORMAL);
        if (code != SQLITE_OK) throw explain(SQLite::Exception(sqlite3_errstr(code), code), path_);
        synced_changes_ = changes;
    }

    void start_run(int pid, const std::string& host) override {
        guarded([&] {
            const std::int64_t now = now_ms();
            run("INSERT INTO run (pid, host, started_ms, touched_ms) VALUES (?, ?, ?, ?)", pid, host, now,
                now);
            run_id_ = db_.getLastInsertRowid();
            run_started_ = std::chrono::steady_clock::now();
        });
    }

    void touch_run() override {
        guarded([&] { touch(); });
    }

    void record_energy(double joules) override {
        guarded([&] { run("UPDATE run SET joules = ? WHERE id = ?", joules, run_id_); });
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
        return explained(path_, action);
    }

    // Within the transaction of all that has been added since the last commit; when it fails, none of that
    // is there.
    template <class Action>
    std::invoke_result_t<Action> writing(Action action) {
        return guarded([&] {
            if (!transaction_) transaction_.emplace(db_, SQLite::TransactionBehavior::IMMEDIATE);
            try {
                return action();
            } catch (...) {
                transaction_.reset();
                throw;
            }
        });
    }

    // `each` gets the row's number and its event.
    template <class Each>
    void read_events(const char* sql, Each each) const {
        guarded([&] {
            SQLite::Statement query(db_, sql);
            while (query.executeStep()) {
                try {
                    each(query.getColumn(0).getInt64(),
                         protocol::event_from_json(nlohmann::json::parse(query.getColumn(1).getText())));
                } catch (const std::exception& e) {
                    throw StorageError(path_ + ": event " + query.getColumn(0).getString() +
                                       " cannot be read: " + e.what());
                }
            }
        });
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

    // A run's length is that of a steady clock: the time of day may jump.
    void touch() {
        const auto length = std::chrono::duration_cast<std::chrono::milliseconds>(
            std::chrono::steady_clock::now() - run_started_);
        run("UPDATE run SET touched_ms = started_ms + ? WHERE id = ?",
            static_cast<std::int64_t>(length.count()), run_id_);
    }
    void insert(const char* sql, const TrialEvent& event) {
        const nlohmann::json body = protocol::to_json(event);
        run(sql, trial_of(event), body.at("event").get<std::string>(),
            body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
    }

    void end_attempt(TrialId trial) {
        run("UPDATE attempt SET ended_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now') WHERE trial = ? AND "
            "ended_at IS NULL",
            trial);
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
            "peak_memory_bytes, joules)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            e.trial, m.epoch, e.attempt, static_cast<double>(m.elapsed.count()) / 1000, m.pairs_per_second,
            m.peak_memory_bytes, m.joules.value_or(std::nan("")));  // NULL = not measured
        project_metrics(e.trial, m.epoch, m.metrics);
    }
    // NaN has no place in SQL: it is stored as NULL here, and as it is in `event`.
    void project_metrics(TrialId trial, std::int64_t epoch, const Metrics& metrics) {
        for (const auto& [name, value] : metrics)
            run("INSERT OR REPLACE INTO metric (trial, epoch, name, value) VALUES (?, ?, ?, ?)", trial, epoch,
                name, value);
    }
    void project(const Checkpointed&) {}
    void project(const Pausing&) {}
    void project(const Paused& e) {
        end_attempt(e.trial);
        set_state(e.trial, TrialState::paused, e.reason);
    }
    void project(const Resumed& e) { set_state(e.trial, TrialState::waiting, ""); }
    void project(const AttemptFailed& e) {
        run("UPDATE attempt SET ended_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), failure = ?, message = ?"
            " WHERE trial = ? AND number = ?",
            std::string(to_text(e.kind)), e.message, e.trial, e.attempt);
        set_state(e.trial, TrialState::waiting, "");
    }
    void project(const TrialEnded& e) {
        end_attempt(e.trial);
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
    std::optional<SQLite::Transaction> transaction_;  // of what has been added since the last commit
    std::int64_t run_id_ = 0;
    std::chrono::steady_clock::time_point run_started_;
    bool by_sync_ = false;
    int synced_changes_ = 0;
};

}  // namespace

std::unique_ptr<Storage> open_sqlite_storage(const std::string& path, OpenMode mode, Durability durability) {
    if (mode == OpenMode::read_only && !std::filesystem::exists(path))
        throw StorageError(path + ": there is no study here");
    refuse_emptied(path);
    return explained(path, [&] { return std::make_unique<SqliteStorage>(path, mode, durability); });
}

}  // namespace o2v::orchestrator
