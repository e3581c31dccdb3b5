// The database of a benchmark's folder, bench.db: every value as soon as it is measured, so that an
// interrupted run is continued. Its tables are described in experiments/benchmarks/README.md.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "orchestrator/benchmark_measures.hpp"
#include "orchestrator/benchmark_reference.hpp"

namespace SQLite {
class Database;
}

namespace o2v::orchestrator {

// One piece of a run: what is measured in one go. Repeats count from 0; those of the warm-up are below 0.
struct StepId {
    int repeat = 0;
    std::string name;  // "train:hcnn"
    auto operator<=>(const StepId&) const = default;
};

class BenchmarkRecord {
  public:
    // Opens or creates FOLDER/bench.db, for one process at a time. Throws StorageError.
    explicit BenchmarkRecord(const std::string& folder);
    ~BenchmarkRecord();

    // Continues the latest run when it is unfinished and `identity`, which says what is measured and on what,
    // is its own; else begins one. Both are JSON objects.
    void open_run(const nlohmann::json& identity, const nlohmann::json& header);
    bool continued() const { return continued_; }
    const std::string& started_at() const { return started_at_; }  // "2026-08-17T10:00:00Z"

    bool is_done(const StepId& step) const;
    // The step's values and the reference loop's times before it, all or none.
    void add(const StepId& step, const std::vector<Sample>& samples, const ReferenceTimes& reference);
    void add_failure(const StepId& step, const std::string& message, const ReferenceTimes& reference);
    // What is known only once something has run, such as the worker's libraries, joins the header.
    void amend(const nlohmann::json& part_of_header);
    void finish();

    // The run as one JSON object, "format": "o2v-bench/1".
    nlohmann::ordered_json result() const;

  private:
    void note_step(const StepId& step, const std::string& failure, const ReferenceTimes& reference);

    std::string path_;
    int lock_ = -1;
    std::unique_ptr<SQLite::Database> database_;
    std::int64_t run_ = 0;
    std::string started_at_;
    bool continued_ = false;
};

}  // namespace o2v::orchestrator
