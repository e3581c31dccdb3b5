// What the tables say of a study is what its events say.
#include "orchestrator/study_summary.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

#include "orchestrator/stored_study.hpp"
#include "search/study/errors.hpp"
#include "tests/orchestrator/random_events.hpp"
#include "tests/orchestrator/temporary_folder.hpp"

namespace o2v::orchestrator {
namespace {

using testing::HasSubstr;

bool same(const std::optional<double>& a, const std::optional<double>& b) {
    return a.has_value() == b.has_value() && (!a || *a == *b || (std::isnan(*a) && std::isnan(*b)));
}

class StudySummaryTest : public testing::Test {
  protected:
    std::string folder() const { return folder_.path(); }
    std::string database() const { return folder_.file("study.db"); }

    // A study of random events, in the database and as they say it is.
    Study record(const Experiment& experiment, std::uint64_t seed, int steps) {
        const auto storage = open_sqlite_storage(database(), OpenMode::read_write);
        storage->create({experiment.study.name, to_json(experiment).dump(), "{}", "{}", "{}"});
        Study study(experiment.study);
        RandomEvents events(seed);
        for (int step = 0; step < steps; ++step) {
            const TrialEvent event = events.next(study);
            storage->record({&event, 1});
            study.apply(event);
        }
        return study;
    }
    void forget() {
        for (const char* name : {"study.db", "study.db-wal", "study.db-shm"})
            std::filesystem::remove(folder_.file(name));
    }
    void expect_equal(const Study& study) {
        const StudySummary summary = read_summary(database());
        EXPECT_EQ(summary.name, study.spec().name);
        EXPECT_EQ(summary.goal, study.spec().goal);
        for (std::size_t i = 0; i < kTrialStates; ++i)
            EXPECT_EQ(summary.counts[i], study.count(static_cast<TrialState>(i)))
                << to_text(static_cast<TrialState>(i));
        ASSERT_EQ(summary.best.has_value(), study.best() != nullptr);
        if (const Trial* best = study.best()) {
            EXPECT_EQ(*summary.best, (BestTrial{best->id, *best->value(study.spec().goal), best->params}));
        }
        std::vector<const Trial*> running;
        for (const Trial& trial : study.trials())
            if (trial.state() == TrialState::running) running.push_back(&trial);
        ASSERT_EQ(summary.running.size(), running.size());
        for (std::size_t i = 0; i < running.size(); ++i) {
            const RunningTrial& found = summary.running[i];
            const Trial& trial = *running[i];
            EXPECT_EQ(found.id, trial.id);
            EXPECT_EQ(found.attempt, trial.attempts.back().started.attempt);
            EXPECT_EQ(found.worker, trial.attempts.back().started.worker);
            EXPECT_EQ(found.epochs, std::ssize(trial.curve));
            EXPECT_EQ(found.planned, planned_epochs(study.spec(), trial.params));
            EXPECT_TRUE(same(found.best, trial.value(study.spec().goal))) << trial.id;
            const auto last = trial.curve.empty()
                                  ? std::nullopt
                                  : std::optional(trial.curve.back().metrics.at(study.spec().goal.metric));
            EXPECT_TRUE(same(found.last, last)) << trial.id;
        }
        EXPECT_EQ(summary.quiet.has_value(), !study.trials().empty());
    }

    TemporaryFolder folder_;
};

TEST_F(StudySummaryTest, SaysOfRandomStudiesWhatTheirEventsSay) {
    bool some_best = false, some_infeasible = false, some_fork = false;
    for (std::uint64_t seed = 0; seed < 24; ++seed) {
        SCOPED_TRACE(seed);
        Experiment experiment = random_experiment();
        if (seed % 2 == 1) experiment.study.goal.direction = Direction::maximize;
        if (seed % 3 == 1) experiment.study.constraints = {{"size", std::nullopt, 2}};
        if (seed % 3 == 2)
            experiment.study.constraints = {{"size", 1, std::nullopt}, {"size", std::nullopt, 3}};
        if (seed % 4 == 3) experiment.study.more_goals = {{"size", Direction::minimize}};
        forget();
        const Study study = record(experiment, seed, 20 * static_cast<int>(seed));
        expect_equal(study);
        some_best |= study.best() != nullptr;
        for (const Trial& trial : study.trials()) {
            some_infeasible |= trial.state() == TrialState::completed && !study.feasible(trial);
            some_fork |= trial.fork.has_value();
        }
    }
    EXPECT_TRUE(some_best && some_infeasible && some_fork) << "the random studies test nothing of it";
}

TEST_F(StudySummaryTest, ReadsAnOlderSchema) {
    const Study study = record(random_experiment(), 5, 200);
    SQLite::Database db(database(), SQLite::OPEN_READWRITE);
    db.exec("DROP INDEX trial_state; DROP INDEX metric_kept; PRAGMA user_version = 2");
    expect_equal(study);
    db.exec("DROP TABLE run; DROP TABLE former_experiment; PRAGMA user_version = 1");
    expect_equal(study);
    EXPECT_EQ(load_database(database()).study.trials().size(), study.trials().size());
}

// With an index for each question: no table is walked from end to end.
TEST_F(StudySummaryTest, IndicesAnswerTheQuestions) {
    record(random_experiment(), 1, 50);
    SQLite::Database db(database(), SQLite::OPEN_READONLY);
    for (const char* question :
         {"SELECT state, count(*) FROM trial GROUP BY state", "SELECT id FROM trial WHERE state = 'running'",
          "SELECT trial FROM metric WHERE epoch = -1 AND name = 'loss' AND value IS NOT NULL ORDER BY value "
          "LIMIT "
          "1"}) {
        SQLite::Statement plan(db, std::string("EXPLAIN QUERY PLAN ") + question);
        ASSERT_TRUE(plan.executeStep());
        EXPECT_THAT(plan.getColumn(3).getString(), HasSubstr("COVERING INDEX")) << question;
    }
}

TEST_F(StudySummaryTest, WhatIsNoStudyIsSaidToBeNone) {
    const auto error = [&] {
        try {
            read_summary(database());
        } catch (const StorageError& e) {
            return std::string(e.what());
        }
        return std::string();
    };
    EXPECT_THAT(error(), HasSubstr("there is no study here"));
    open_sqlite_storage(database(), OpenMode::read_write);
    EXPECT_THAT(error(), HasSubstr("holds no study yet"));
    forget();
    folder_.write("study.db", "");
    EXPECT_THAT(error(), HasSubstr("holds no study yet"));
    folder_.write("study.db", std::string(5000, 'x'));
    EXPECT_THAT(error(), HasSubstr("damaged"));
}

}  // namespace
}  // namespace o2v::orchestrator
