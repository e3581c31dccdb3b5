#include "orchestrator/benchmark_record.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "orchestrator/sqlite_errors.hpp"
#include "reports/statistics.hpp"
#include "search/study/errors.hpp"

namespace o2v::orchestrator {
namespace {

using Json = nlohmann::json;
using Ordered = nlohmann::ordered_json;

constexpr const char* kFormat = "o2v-bench/1";
constexpr int kVersion = 1;
constexpr const char* kTables = R"sql(
CREATE TABLE run (
    id INTEGER PRIMARY KEY,
    started_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now')),
    finished_at TEXT,
    identity TEXT NOT NULL,
    header TEXT NOT NULL
);
CREATE TABLE step (
    id INTEGER PRIMARY KEY,
    run INTEGER NOT NULL REFERENCES run (id),
    repeat INTEGER NOT NULL,
    name TEXT NOT NULL,
    ended_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    failure TEXT,
    reference_cpu_seconds REAL NOT NULL,
    reference_memory_seconds REAL NOT NULL,
    mhz REAL NOT NULL,
    UNIQUE (run, repeat, name)
);
CREATE TABLE sample (
    step INTEGER NOT NULL REFERENCES step (id),
    configuration TEXT NOT NULL,
    measure TEXT NOT NULL,
    value REAL,
    PRIMARY KEY (step, configuration, measure)
) WITHOUT ROWID;
)sql";

// As text; bytes that are no UTF-8 (of a path, say) become U+FFFD.
std::string text_of(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

int lock_folder_of(const std::string& folder) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) throw storage_error(folder, "cannot be created", error.value());
    const std::string path = folder + "/bench.lock";
    const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (file < 0) throw storage_error(path, "cannot be created", errno);
    if (flock(file, LOCK_EX | LOCK_NB) != 0) {
        ::close(file);
        throw StorageError(folder +
                           ": another o2v-tune bench is at work in it; wait for it, or name another --out");
    }
    return file;
}

Ordered noise_of(const std::vector<double>& times) {
    if (times.empty()) return nullptr;
    const double middle = reports::median(times);
    Ordered noise{{"median", middle}, {"values", times}};
    if (times.size() > 1) {
        noise["coefficient_of_variation"] = reports::coefficient_of_variation(times);
        noise["p95_over_median"] = reports::quantile(times, 0.95) / middle;
    }
    return noise;
}

}  // namespace

BenchmarkRecord::BenchmarkRecord(const std::string& folder)
    : path_(folder + "/bench.db"), lock_(lock_folder_of(folder)) {
    explained(path_, [&] {
        database_ = std::make_unique<SQLite::Database>(path_, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
        const int version = database_->execAndGet("PRAGMA user_version").getInt();
        if (version > kVersion)
            throw StorageError(path_ + ": is of a newer o2v-tune (version " + std::to_string(version) +
                               " of its tables); name another --out");
        if (version == kVersion) return;
        SQLite::Transaction transaction(*database_);
        database_->exec(kTables);
        database_->exec("PRAGMA user_version = " + std::to_string(kVersion));
        transaction.commit();
    });
}

BenchmarkRecord::~BenchmarkRecord() {
    database_.reset();
    if (lock_ >= 0) ::close(lock_);
}

void BenchmarkRecord::open_run(const Json& identity, const Json& header) {
    explained(path_, [&] {
        SQLite::Statement latest(*database_,
                                 "SELECT id, started_at, finished_at IS NULL AND identity = ? FROM run "
                                 "ORDER BY id DESC LIMIT 1");
        latest.bind(1, text_of(identity));
        continued_ = latest.executeStep() && latest.getColumn(2).getInt() != 0;
        if (continued_) {
            run_ = latest.getColumn(0).getInt64();
            started_at_ = latest.getColumn(1).getString();
            amend(header);
            return;
        }
        SQLite::Statement insert(*database_, "INSERT INTO run (identity, header) VALUES (?, ?)");
        insert.bind(1, text_of(identity));
        insert.bind(2, text_of(header));
        insert.exec();
        run_ = database_->getLastInsertRowid();
        SQLite::Statement started(*database_, "SELECT started_at FROM run WHERE id = ?");
        started.bind(1, run_);
        started.executeStep();
        started_at_ = started.getColumn(0).getString();
    });
}

bool BenchmarkRecord::is_done(const StepId& step) const {
    return explained(path_, [&] {
        SQLite::Statement query(*database_, "SELECT 1 FROM step WHERE run = ? AND repeat = ? AND name = ?");
        query.bind(1, run_);
        query.bind(2, step.repeat);
        query.bind(3, step.name);
        return query.executeStep();
    });
}

void BenchmarkRecord::note_step(const StepId& step, const std::string& failure,
                                const ReferenceTimes& reference) {
    SQLite::Statement insert(*database_,
                             "INSERT INTO step (run, repeat, name, failure, reference_cpu_seconds, "
                             "reference_memory_seconds, mhz) VALUES (?, ?, ?, ?, ?, ?, ?)");
    insert.bind(1, run_);
    insert.bind(2, step.repeat);
    insert.bind(3, step.name);
    if (!failure.empty()) insert.bind(4, failure);
    insert.bind(5, reference.cpu_seconds);
    insert.bind(6, reference.memory_seconds);
    insert.bind(7, reference.mhz);
    insert.exec();
}

void BenchmarkRecord::add(const StepId& step, const std::vector<Sample>& samples,
                          const ReferenceTimes& reference) {
    explained(path_, [&] {
        SQLite::Transaction transaction(*database_);
        note_step(step, "", reference);
        const std::int64_t id = database_->getLastInsertRowid();
        for (const Sample& sample : samples) {
            SQLite::Statement insert(*database_, "INSERT INTO sample VALUES (?, ?, ?, ?)");
            insert.bind(1, id);
            insert.bind(2, sample.configuration);
            insert.bind(3, sample.measure);
            if (!std::isnan(sample.value)) insert.bind(4, sample.value);
            insert.exec();
        }
        transaction.commit();
    });
}

void BenchmarkRecord::add_failure(const StepId& step, const std::string& message,
                                  const ReferenceTimes& reference) {
    explained(path_, [&] { note_step(step, message, reference); });
}

void BenchmarkRecord::amend(const Json& part_of_header) {
    explained(path_, [&] {
        SQLite::Statement query(*database_, "SELECT header FROM run WHERE id = ?");
        query.bind(1, run_);
        query.executeStep();
        Json header = Json::parse(query.getColumn(0).getString());
        header.update(part_of_header, true);
        SQLite::Statement update(*database_, "UPDATE run SET header = ? WHERE id = ?");
        update.bind(1, text_of(header));
        update.bind(2, run_);
        update.exec();
    });
}

void BenchmarkRecord::finish() {
    explained(path_, [&] {
        SQLite::Statement update(
            *database_, "UPDATE run SET finished_at = strftime('%Y-%m-%dT%H:%M:%SZ', 'now') WHERE id = ?");
        update.bind(1, run_);
        update.exec();
    });
}

Ordered BenchmarkRecord::result() const {
    return explained(path_, [&] {
        SQLite::Statement run(*database_, "SELECT header, finished_at FROM run WHERE id = ?");
        run.bind(1, run_);
        run.executeStep();
        const Ordered header = Ordered::parse(run.getColumn(0).getString());
        Ordered result{
            {"format", kFormat},
            {"name", header.at("name")},
            {"started_at", started_at_},
            {"finished_at", run.isColumnNull(1) ? Ordered() : Ordered(run.getColumn(1).getString())},
            {"complete", !run.isColumnNull(1)}};
        result.update(header);

        Ordered failures = Ordered::array();
        std::vector<double> cpu, memory, mhz;
        SQLite::Statement steps(
            *database_,
            "SELECT repeat, name, failure, reference_cpu_seconds, reference_memory_seconds, "
            "mhz FROM step WHERE run = ? ORDER BY id");
        steps.bind(1, run_);
        while (steps.executeStep()) {
            if (!steps.isColumnNull(2))
                failures.push_back({{"step", steps.getColumn(1).getString()},
                                    {"repeat", steps.getColumn(0).getInt()},
                                    {"message", steps.getColumn(2).getString()}});
            cpu.push_back(steps.getColumn(3).getDouble());
            memory.push_back(steps.getColumn(4).getDouble());
            if (steps.getColumn(5).getDouble() > 0) mhz.push_back(steps.getColumn(5).getDouble());
        }
        result["reference"] = {{"cpu_seconds", noise_of(cpu)}, {"memory_seconds", noise_of(memory)}};
        result["clocks_mhz"] = mhz.empty() ? Ordered()
                                           : Ordered{{"least", reports::quantile(mhz, 0)},
                                                     {"median", reports::median(mhz)},
                                                     {"most", reports::quantile(mhz, 1)}};

        Ordered series = Ordered::array();
        std::map<std::pair<std::string, std::string>, std::size_t> places;
        SQLite::Statement samples(
            *database_,
            "SELECT configuration, measure, value, repeat FROM sample JOIN step ON step.id = "
            "sample.step WHERE run = ? ORDER BY repeat, step.id");
        samples.bind(1, run_);
        while (samples.executeStep()) {
            const std::string configuration = samples.getColumn(0).getString(),
                              measure = samples.getColumn(1).getString();
            const auto [place, is_new] = places.try_emplace({configuration, measure}, series.size());
            if (is_new) {
                const MeasureInfo info = measure_info(measure);
                const std::string unit =
                    info.unit == "money" ? result.value("currency", std::string("money")) : info.unit;
                series.push_back({{"configuration", configuration},
                                  {"measure", measure},
                                  {"kind", to_text(info.kind)},
                                  {"unit", unit},
                                  {"better", info.better},
                                  {"values", Ordered::array()},
                                  {"warmup", Ordered::array()}});
            }
            const Ordered value =
                samples.isColumnNull(2) ? Ordered() : Ordered(samples.getColumn(2).getDouble());
            series[place->second][samples.getColumn(3).getInt() < 0 ? "warmup" : "values"].push_back(value);
        }
        result["series"] = std::move(series);
        result["failures"] = std::move(failures);
        return result;
    });
}

}  // namespace o2v::orchestrator
