#include "orchestrator/study_summary.hpp"

#include <SQLiteCpp/SQLiteCpp.h>

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "orchestrator/sqlite_errors.hpp"
#include "orchestrator/storage.hpp"
#include "orchestrator/stored_study.hpp"
#include "worker/protocol/json.hpp"

namespace o2v::orchestrator {
namespace {

using SQLite::Statement;

TrialState state_of(const std::string& text) {
    for (std::size_t i = 0; i < kTrialStates; ++i)
        if (text == to_text(static_cast<TrialState>(i))) return static_cast<TrialState>(i);
    throw StorageError("a trial's state is unknown: " + text);
}

// The answer's first row; nullopt when it has none.
template <class Answer, class Value, class Read>
std::optional<Answer> ask(const std::string& database, const char* question, const Value& about, Read read) {
    if (!open_sqlite_storage(database, OpenMode::read_only)->has_study()) return std::nullopt;
    try {
        const SQLite::Database db = open_to_read(database);
        Statement query(db, question);
        query.bind(1, about);
        if (!query.executeStep()) return std::nullopt;
        return read(query);
    } catch (const SQLite::Exception& e) {
        throw explain(e, database);
    }
}

// Questions to one database, all of the same moment.
class Tables {
  public:
    Tables(const std::string& path, const StudySpec& spec)
        : db_(open_to_read(path)), moment_(db_), spec_(spec) {}

    std::array<std::size_t, kTrialStates> counts() {
        std::array<std::size_t, kTrialStates> counts{};
        Statement query(db_, "SELECT state, count(*) FROM trial GROUP BY state");
        while (query.executeStep())
            counts[static_cast<std::size_t>(state_of(query.getColumn(0).getString()))] =
                static_cast<std::size_t>(query.getColumn(1).getInt64());
        return counts;
    }

    // Of the values that are numbers the best within every constraint, of equals the lowest trial.
    std::optional<BestTrial> best() {
        const bool least = spec_.goal.direction == Direction::minimize;
        const std::string of_goal = " FROM metric AS kept WHERE epoch = -1 AND name = ?" + within();
        Statement query(db_, "SELECT trial, value" + of_goal + " AND value = (SELECT value" + of_goal +
                                 " AND value IS NOT NULL ORDER BY value " + (least ? "ASC" : "DESC") +
                                 " LIMIT 1) ORDER BY trial LIMIT 1");
        int index = 0;
        bind_goal(query, index);
        bind_goal(query, index);
        if (!query.executeStep()) return std::nullopt;
        BestTrial best{query.getColumn(0).getInt64(), query.getColumn(1).getDouble(), {}};
        best.params = params_of(best.id);
        return best;
    }

    std::vector<RunningTrial> running() {
        std::vector<RunningTrial> running;
        Statement query(
            db_,
            "SELECT id, number, worker, device FROM trial JOIN attempt ON attempt.trial = id WHERE "
            "state = 'running' AND number = (SELECT max(number) FROM attempt WHERE trial = id) ORDER "
            "BY id");
        while (query.executeStep()) {
            RunningTrial trial{query.getColumn(0).getInt64(),
                               query.getColumn(1).getInt(),
                               query.getColumn(2).getString(),
                               query.getColumn(3).getString(),
                               {},
                               {},
                               {},
                               {}};
            trial.planned = planned_epochs(spec_, params_of(trial.id));
            const Curve curve = curve_of(trial.id, INT64_MAX);
            trial.epochs = std::ssize(curve);
            for (const auto& [epoch, value] : curve) {
                if (value) trial.last = value;
                if (value && (!trial.best || better(spec_.goal, *value, *trial.best))) trial.best = value;
            }
            running.push_back(std::move(trial));
        }
        return running;
    }

    std::optional<std::chrono::milliseconds> quiet() {
        Statement query(
            db_, "SELECT (julianday('now') - julianday(at)) * 86400000 FROM event ORDER BY id DESC LIMIT 1");
        if (!query.executeStep()) return std::nullopt;
        return std::chrono::milliseconds(std::max<std::int64_t>(0, query.getColumn(0).getInt64()));
    }

  private:
    std::string within() const {
        std::string sql;
        for (const Constraint& constraint : spec_.constraints) {
            sql +=
                " AND EXISTS (SELECT 1 FROM metric AS bound WHERE bound.trial = kept.trial AND bound.epoch = "
                "-1 AND bound.name = ? AND bound.value IS NOT NULL";
            if (constraint.min) sql += " AND bound.value >= ?";
            if (constraint.max) sql += " AND bound.value <= ?";
            sql += ")";
        }
        return sql;
    }
    void bind_goal(Statement& query, int& index) const {
        query.bind(++index, spec_.goal.metric);
        for (const Constraint& constraint : spec_.constraints) {
            query.bind(++index, constraint.metric);
            if (constraint.min) query.bind(++index, *constraint.min);
            if (constraint.max) query.bind(++index, *constraint.max);
        }
    }

    Assignment params_of(TrialId trial) {
        Statement query(db_, "SELECT params FROM trial WHERE id = ?");
        query.bind(1, trial);
        query.executeStep();
        return protocol::assignment_from_json(nlohmann::json::parse(query.getColumn(0).getText()));
    }

    std::optional<Fork> fork_of(TrialId trial) {
        Statement query(db_, "SELECT body FROM event WHERE trial = ? AND kind = 'trial_created'");
        query.bind(1, trial);
        if (!query.executeStep()) return std::nullopt;
        const TrialEvent event =
            protocol::event_from_json(nlohmann::json::parse(query.getColumn(0).getText()));
        const auto* created = std::get_if<TrialCreated>(&event);
        return created ? created->fork : std::nullopt;
    }

    // The goal's values by epoch, up to and with `until`. A fork's curve begins with its parent's.
    using Curve = std::map<std::int64_t, std::optional<double>>;
    Curve curve_of(TrialId trial, std::int64_t until) {
        Curve curve;
        if (const std::optional<Fork> fork = fork_of(trial))
            curve = curve_of(fork->parent, std::min(until, fork->epoch));
        Statement query(
            db_,
            "SELECT epoch.epoch, metric.trial IS NOT NULL, value FROM epoch LEFT JOIN metric ON "
            "metric.trial = epoch.trial AND metric.epoch = epoch.epoch AND name = ? WHERE epoch.trial "
            "= ? AND epoch.epoch <= ?");
        query.bind(1, spec_.goal.metric);
        query.bind(2, trial);
        query.bind(3, until);
        while (query.executeStep()) {
            std::optional<double>& value = curve[query.getColumn(0).getInt64()];
            value.reset();
            if (query.getColumn(1).getInt() != 0)
                value = query.getColumn(2).isNull() ? std::nan("") : query.getColumn(2).getDouble();
        }
        return curve;
    }

    SQLite::Database db_;
    SQLite::Transaction moment_;
    const StudySpec& spec_;
};

}  // namespace

StudySummary read_summary(const std::string& database) {
    const Experiment experiment = stored_experiment(database);
    const StudySpec& spec = experiment.study;
    try {
        Tables tables(database, spec);
        StudySummary summary;
        summary.name = spec.name;
        summary.goal = spec.goal;
        summary.counts = tables.counts();
        summary.best = tables.best();
        summary.running = tables.running();
        summary.quiet = tables.quiet();
        return summary;
    } catch (const SQLite::Exception& e) {
        throw explain(e, database);
    }
}

std::optional<TrialId> trial_with(const std::string& database, const Assignment& params) {
    return ask<TrialId>(database, "SELECT id FROM trial WHERE params = ? ORDER BY id LIMIT 1",
                        protocol::to_json(params).dump(),
                        [](Statement& row) { return row.getColumn(0).getInt64(); });
}

std::optional<TrialStanding> standing_of(const std::string& database, TrialId trial) {
    return ask<TrialStanding>(database,
                              "SELECT state, coalesce(number, 0), coalesce(worker, '') FROM trial LEFT JOIN "
                              "attempt ON trial = id WHERE "
                              "id = ? ORDER BY number DESC LIMIT 1",
                              trial, [](Statement& row) {
                                  return TrialStanding{state_of(row.getColumn(0).getString()),
                                                       row.getColumn(1).getInt(),
                                                       row.getColumn(2).getString()};
                              });
}

}  // namespace o2v::orchestrator
