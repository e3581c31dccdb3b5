// A trial trained again from its record, while its study rests or runs.
#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>
#include <thread>

#include "tests/process/branin.hpp"

namespace o2v {
namespace {

using nlohmann::json;
using testing::HasSubstr;

class ReproduceTest : public BraninTest {
  protected:
    Finished reproduce(const std::string& trial, const std::string& run, std::vector<std::string> more = {}) {
        more.insert(more.begin(), {"reproduce", trial, "--run", run});
        return run_tune(folder_.path(), std::move(more));
    }
    // In the record of a study, and in nothing else of it.
    void forge(const std::string& run, const std::string& sql) {
        SQLite::Database(folder_.file(run + "/study.db"), SQLite::OPEN_READWRITE).exec(sql);
    }
    std::vector<std::string> folders() const {
        std::vector<std::string> names;
        for (const auto& entry : std::filesystem::directory_iterator(folder_.path()))
            if (entry.is_directory()) names.push_back(entry.path().filename().string());
        return names;
    }
};

TEST_F(ReproduceTest, EveryTrialOfAStudyIsEqualPrunedOnesToo) {
    const std::string file = experiment(10);
    ASSERT_EQ(run(file, "study").exit_code, 0);
    std::map<std::string, int> states;
    for (const json& trial : essence("study")) {
        ++states[trial.at("state")];
        const Finished finished = reproduce(trial.at("trial").dump(), "study");
        EXPECT_EQ(finished.exit_code, 0) << finished.out << finished.err;
        const int epochs = trial.at("epochs");
        EXPECT_THAT(finished.out, HasSubstr("equal: every metric of " + std::to_string(epochs) + " epoch"));
    }
    EXPECT_GE(states["completed"], 1);
    EXPECT_GE(states["pruned"], 1);
    for (const std::string& name : folders()) EXPECT_THAT(name, testing::Not(HasSubstr("reproduce")));
}

TEST_F(ReproduceTest, ADifferenceIsShownWithWhatHasChangedSince) {
    ASSERT_EQ(run(experiment(2), "study").exit_code, 0);
    forge("study",
          "UPDATE event SET body = json_set(body, '$.measurement.metrics.validation:loss', 0.5) WHERE kind = "
          "'reported' AND trial = 1 AND json_extract(body, '$.measurement.epoch') = 2");
    forge("study", "UPDATE study SET versions = json_set(versions, '$.boost', '0_9')");
    EXPECT_EQ(reproduce("0", "study").exit_code, 0);
    const Finished different = reproduce("1", "study");
    EXPECT_EQ(different.exit_code, 1) << different.err;
    EXPECT_THAT(different.out,
                testing::ContainsRegex("trial 1: different\n.*recorded +again\n +2 +validation"));
    EXPECT_THAT(different.out, HasSubstr("version boost: \"0_9\" then"));
    const json shown = json::parse(reproduce("1", "study", {"--json"}).out);
    EXPECT_FALSE(shown.at("equal"));
    ASSERT_EQ(shown.at("metrics").size(), 1U);
    EXPECT_EQ(shown.at("metrics").at(0).at("recorded"), 0.5);
}

TEST_F(ReproduceTest, AStudyMayRunMeanwhileAndIsNotTouched) {
    const std::string file = experiment(6, 0.1);
    Program program(folder_.path(), tune({"run", file, "--out", "study"}));
    ASSERT_TRUE(program.wait_for("trial 0 completed")) << program.output();
    const Finished finished = reproduce("0", "study");
    EXPECT_EQ(finished.exit_code, 0) << finished.err << finished.out;
    EXPECT_TRUE(program.running());
    EXPECT_EQ(program.wait().exit_code, 0);
    ASSERT_EQ(run(file, "whole").exit_code, 0);
    EXPECT_EQ(essence("study"), essence("whole"));
}

TEST_F(ReproduceTest, WhatAKilledOneLeavesIsRemovedByTheNext) {
    ASSERT_EQ(run(experiment(1, 0.3), "study").exit_code, 0);
    const auto left = [&] {
        const std::vector<std::string> names = folders();
        return std::count_if(names.begin(), names.end(),
                             [](const std::string& name) { return name.starts_with("study.reproduce-"); });
    };
    {
        Program program(folder_.path(), tune({"reproduce", "0", "--run", "study"}));
        for (int i = 0; i < 1000 && left() == 0; ++i)
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
        program.signal(SIGKILL);
        program.wait();
    }
    EXPECT_EQ(left(), 1);
    EXPECT_EQ(reproduce("0", "study").exit_code, 0);
    EXPECT_EQ(left(), 0);
}

TEST_F(ReproduceTest, ATrialOfAClustersStudyIsTrainedAgainOnThisMachine) {
    ASSERT_EQ(run(experiment(1), "study").exit_code, 0);
    forge("study",
          "UPDATE study SET experiment = json_set(experiment, '$.resources', "
          "json('{\"executor\": \"slurm\", \"pilots\": 1}'))");
    const Finished finished = reproduce("0", "study");
    EXPECT_EQ(finished.exit_code, 0) << finished.err << finished.out;
}

TEST_F(ReproduceTest, BadInputIsTwo) {
    ASSERT_EQ(run(experiment(1), "study").exit_code, 0);
    const Finished none = reproduce("7", "study");
    EXPECT_EQ(none.exit_code, 2);
    EXPECT_THAT(none.err, HasSubstr("trial 7: there is no such trial: branin has 1"));
    EXPECT_EQ(reproduce("0", "nothing").exit_code, 2);
    EXPECT_EQ(reproduce("-1", "study").exit_code, 2);
    EXPECT_EQ(run_tune(folder_.path(), {"reproduce"}).exit_code, 2);
    forge("study", "DELETE FROM event WHERE kind IN ('reported', 'trial_ended')");
    const Finished nothing = reproduce("0", "study");
    EXPECT_EQ(nothing.exit_code, 2);
    EXPECT_THAT(nothing.err, HasSubstr("has no epoch of its own on record"));
}

TEST_F(ReproduceTest, AForkWhoseParentsCheckpointIsGoneIsSaidToBeOne) {
    const std::string file = experiment(
        12, 0, {{"search", {{"strategy", "pbt"}, {"population", 4}}}, {"pruner", {{"type", "none"}}}});
    ASSERT_EQ(run(file, "study").exit_code, 0);
    SQLite::Database db(folder_.file("study/study.db"), SQLite::OPEN_READONLY);
    const std::string fork =
        db.execAndGet("SELECT min(trial) FROM event WHERE json_extract(body, '$.fork') IS NOT NULL")
            .getString();
    const Finished finished = reproduce(fork, "study");
    EXPECT_EQ(finished.exit_code, 2) << finished.out;
    EXPECT_THAT(finished.err, HasSubstr("went on from the checkpoint of trial"));
    EXPECT_THAT(finished.err, HasSubstr("cannot be reproduced without it"));
}

}  // namespace
}  // namespace o2v
