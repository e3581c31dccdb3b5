// The real programs on synthetic objectives: exit codes, interruptions, determinism.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <thread>

#include "tests/process/branin.hpp"

namespace o2v {
namespace {

using nlohmann::json;
using testing::HasSubstr;

class RunTest : public BraninTest {
  protected:
    // With checkpoints at the usual times.
    std::string experiment(int trials, double epoch_seconds, const std::string& pruner = "none") {
        return BraninTest::experiment(
            trials, epoch_seconds,
            {{"fixed", {{"checkpoint_seconds", nullptr}}}, {"pruner", {{"type", pruner}}}});
    }
};

TEST_F(RunTest, RunsToTheEndAndSaysWhereEverythingIs) {
    const std::string file = experiment(6, 0);
    const Finished finished = run_tune(folder_.path(), {"run", file});
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    EXPECT_THAT(finished.out, HasSubstr("ended: the budget of 6 trials is used"));
    EXPECT_THAT(finished.out, HasSubstr("everything of this study is in runs/branin"));
    EXPECT_THAT(finished.out, HasSubstr("next: o2v-tune show"));
    EXPECT_EQ(leaderboard("branin").size(), 6U);
    const Finished status = run_tune(folder_.path(), {"status"});
    EXPECT_THAT(status.out, HasSubstr("6 completed"));
    EXPECT_THAT(status.out, HasSubstr("not running"));
    EXPECT_THAT(run_tune(folder_.path(), {"show", "3"}).out, HasSubstr("learning curve"));
}

TEST_F(RunTest, StatusShowsTheOtherStudiesWhereOneCannotBeRead) {
    ASSERT_EQ(run_tune(folder_.path(), {"run", experiment(2, 0)}).exit_code, 0);
    folder_.write("runs/broken/study.db", std::string(5000, 'x'));
    const Finished text = run_tune(folder_.path(), {"status"});
    EXPECT_EQ(text.exit_code, 1);
    EXPECT_THAT(text.out, HasSubstr("2 completed"));
    EXPECT_THAT(text.err, HasSubstr("runs/broken: "));
    const Finished shown = run_tune(folder_.path(), {"status", "--json"});
    EXPECT_EQ(shown.exit_code, 1);
    const json studies = json::parse(shown.out);
    ASSERT_EQ(studies.size(), 2U);
    for (const json& study : studies)
        EXPECT_EQ(study.at("error").is_null(), !study.at("folder").get<std::string>().ends_with("broken"));
}

TEST_F(RunTest, AnotherStrategyOrSeedIsAStudyOfItsOwn) {
    const std::string file = experiment(4, 0);
    const auto run = [&](std::vector<std::string> more) {
        std::vector<std::string> arguments{"run", file};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return run_tune(folder_.path(), arguments);
    };
    ASSERT_EQ(run({}).exit_code, 0);
    const Finished sobol = run({"--strategy", "sobol"});
    EXPECT_EQ(sobol.exit_code, 0) << sobol.err;
    EXPECT_THAT(sobol.out, HasSubstr("search    sobol, seed 3"));
    EXPECT_EQ(run({"--strategy", "sobol", "--seed", "9"}).exit_code, 0);
    EXPECT_EQ(run({"--seed", "9"}).exit_code, 0);
    std::set<std::string> first;  // their first configurations
    for (const char* name : {"branin", "branin-sobol", "branin-sobol-9", "branin-9"}) {
        for (const json& trial : leaderboard(name))
            if (trial.at("trial") == 0) first.insert(trial.at("params").dump());
        EXPECT_EQ(leaderboard(name).size(), 4U) << name;
    }
    EXPECT_EQ(first.size(), 4U);
    EXPECT_EQ(run({"--strategy", "sobol"}).exit_code, 0) << "goes on with what is there";
    const Finished unknown = run({"--strategy", "sobo"});
    EXPECT_EQ(unknown.exit_code, 2);
    EXPECT_THAT(unknown.err, HasSubstr("sobol"));
    EXPECT_FALSE(std::filesystem::exists(folder_.file("runs/branin-sobo")));
}

TEST_F(RunTest, ImportanceTellsEachParametersShare) {
    ASSERT_EQ(run_tune(folder_.path(), {"run", experiment(20, 0)}).exit_code, 0);
    for (const char* method : {"ped-anova", "fanova"}) {
        const Finished table = run_tune(folder_.path(), {"importance", "branin", "--method", method});
        EXPECT_EQ(table.exit_code, 0) << table.err;
        EXPECT_THAT(table.out, testing::ContainsRegex("parameter +share\nx[01] +[0-9.]+ %  #+\nx[01] +"));
        const json shares =
            json::parse(run_tune(folder_.path(), {"importance", "branin", "--method", method, "--json"}).out);
        ASSERT_EQ(shares.size(), 2U);
        EXPECT_NEAR(shares[0].at("share").get<double>() + shares[1].at("share").get<double>(), 1, 1e-12);
    }
    ASSERT_EQ(run_tune(folder_.path(), {"run", experiment(1, 0), "--out", "one"}).exit_code, 0);
    const Finished too_few = run_tune(folder_.path(), {"importance", "one"});
    EXPECT_EQ(too_few.exit_code, 0);
    EXPECT_EQ(too_few.out, "two completed trials with a number are needed; there is one\n");
}

TEST_F(RunTest, TwoRunsOfOneFileGiveTheSameTrialsBitForBit) {
    const std::string file = experiment(12, 0, "median");
    ASSERT_EQ(run_tune(folder_.path(), {"run", file, "--out", "a"}).exit_code, 0);
    ASSERT_EQ(run_tune(folder_.path(), {"run", file, "--out", "b"}).exit_code, 0);
    EXPECT_EQ(essence("a"), essence("b"));
}

TEST_F(RunTest, AshaPausesGoesOnAndEndsWithAResultTheSameEachTime) {
    const std::string file = experiment(12, 0, "asha");
    for (const char* run : {"a", "b"}) {
        const Finished finished = run_tune(folder_.path(), {"run", file, "--out", run});
        EXPECT_EQ(finished.exit_code, 0) << finished.err;
        EXPECT_THAT(finished.out, HasSubstr("trials at this rung"));
    }
    EXPECT_EQ(essence("a"), essence("b"));
    std::map<std::string, int> states;
    for (const json& trial : leaderboard("a")) ++states[trial.at("state")];
    EXPECT_GE(states["completed"], 1);
    EXPECT_GE(states["paused"], 6);
}

TEST_F(RunTest, APopulationTrainsToItsEndAndForksTheSameOnAnyNumberOfSlots) {
    json j = json::parse(std::ifstream(experiment(20, 0)));
    j["search"]["strategy"] = "pbt";
    for (const int slots : {1, 2}) {
        j["resources"]["slots"] = slots;
        const std::string run = "slots" + std::to_string(slots);
        const Finished finished =
            run_tune(folder_.path(), {"run", folder_.write(run + ".json", j.dump()), "--out", run});
        EXPECT_EQ(finished.exit_code, 0) << finished.err;
        EXPECT_THAT(finished.out, HasSubstr("ended: the population has trained to its end"));
    }
    // Eight members, five epochs, a comparison after each but the last, two forks each time.
    const json trials = essence("slots1");
    EXPECT_EQ(trials.size(), 16U);
    std::map<std::string, int> states;
    for (const json& trial : trials) ++states[trial.at("state")];
    EXPECT_EQ(states["completed"], 8);
    EXPECT_EQ(states["pruned"], 8);
    EXPECT_EQ(essence("slots2"), trials);
}

TEST_F(RunTest, AKilledRunIsContinuedWithTheTrialsOfAnUndisturbedOne) {
    const std::string file = experiment(6, 0.02);
    ASSERT_EQ(run_tune(folder_.path(), {"run", file, "--out", "whole"}).exit_code, 0);
    for (const char* done : {"trial 0 completed", "trial 2 completed"}) {
        Program program(folder_.path(), tune({"run", file, "--out", "killed"}));
        ASSERT_TRUE(program.wait_for(done)) << program.output();
        const std::vector<pid_t> workers = children_of(program.pid());
        EXPECT_EQ(workers.size(), 1U);
        program.signal(SIGKILL);
        program.wait();
        for (int i = 0; i < 200 && exists(workers.front()); ++i)
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        EXPECT_FALSE(exists(workers.front())) << "a worker does not outlive its o2v-tune";
    }
    const Finished finished = run_tune(folder_.path(), {"run", file, "--out", "killed"});
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    EXPECT_THAT(finished.out, HasSubstr("continuing after"));
    EXPECT_THAT(finished.out, testing::Not(HasSubstr("trial 0 completed")))
        << "a finished trial is not run twice";
    EXPECT_EQ(essence("killed"), essence("whole"));
}

TEST_F(RunTest, AKilledWorkerIsReplacedAndItsTrialRepeated) {
    const std::string file = experiment(4, 0.05);
    Program program(folder_.path(), tune({"run", file}));
    ASSERT_TRUE(program.wait_for("trial 0 completed"));
    for (const pid_t worker : children_of(program.pid())) kill(worker, SIGKILL);
    const Finished finished = program.wait();
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    EXPECT_THAT(finished.out, HasSubstr("killed by signal 9"));
    const json trials = leaderboard("branin");
    ASSERT_EQ(trials.size(), 4U);
    for (const json& trial : trials) EXPECT_EQ(trial.at("state"), "completed");
}

TEST_F(RunTest, CtrlCFinishesWhatRunsAndASecondOneSavesAndLeaves) {
    const std::string file = experiment(4, 0.1);
    Program first(folder_.path(), tune({"run", file}));
    ASSERT_TRUE(first.wait_for("trial 0 completed"));
    kill(-first.pid(), SIGINT);  // the whole group, as a terminal does
    const Finished finished = first.wait();
    EXPECT_EQ(finished.exit_code, 130) << finished.out << finished.err;
    EXPECT_THAT(finished.out, HasSubstr("next: o2v-tune run"));
    const std::size_t begun = leaderboard("branin").size();
    EXPECT_LT(begun, 4U);
    for (const json& trial : leaderboard("branin")) EXPECT_EQ(trial.at("state"), "completed");

    Program second(folder_.path(), tune({"run", file}));
    ASSERT_TRUE(second.wait_for("continuing after"));
    std::this_thread::sleep_for(std::chrono::milliseconds(250));
    kill(-second.pid(), SIGINT);
    ASSERT_TRUE(second.wait_for("press Ctrl-C again"));
    kill(-second.pid(), SIGINT);
    EXPECT_EQ(second.wait().exit_code, 130);
    EXPECT_THAT(second.output(), HasSubstr("running trials save and leave"));
    EXPECT_EQ(leaderboard("branin").back().at("state"), "waiting");
    EXPECT_EQ(run_tune(folder_.path(), {"run", file}).exit_code, 0);
    for (const json& trial : leaderboard("branin")) EXPECT_EQ(trial.at("state"), "completed");
}

TEST_F(RunTest, ASecondRunOverTheSameStudyIsRefusedNamingTheFirst) {
    const std::string file = experiment(4, 0.2);
    Program first(folder_.path(), tune({"run", file}));
    ASSERT_TRUE(first.wait_for("slot 0"));
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    const Finished second = run_tune(folder_.path(), {"run", file});
    EXPECT_EQ(second.exit_code, 1);
    EXPECT_THAT(second.err, HasSubstr(":" + std::to_string(first.pid()) + " already"));
    EXPECT_THAT(run_tune(folder_.path(), {"status"}).out, HasSubstr("running: "));
}

TEST_F(RunTest, AChangedFileIsRefusedWithTheDifferenceAndAWiderBudgetExtends) {
    ASSERT_EQ(run_tune(folder_.path(), {"run", experiment(2, 0)}).exit_code, 0);
    const std::string file = experiment(4, 0);
    const Finished refused = run_tune(folder_.path(), {"run", file});
    EXPECT_EQ(refused.exit_code, 2);
    EXPECT_THAT(refused.err, HasSubstr("/budget/trials: 2 -> 4"));
    EXPECT_THAT(refused.err, HasSubstr("--extend"));
    EXPECT_EQ(run_tune(folder_.path(), {"run", file, "--extend"}).exit_code, 0);
    EXPECT_EQ(leaderboard("branin").size(), 4U);
    const Finished other = run_tune(folder_.path(), {"run", experiment(4, 0, "median"), "--extend"});
    EXPECT_EQ(other.exit_code, 2);
    EXPECT_THAT(other.err, HasSubstr("/pruner/type: \"none\" -> \"median\""));
}

TEST_F(RunTest, LimitsOfOneRunLeaveTheBudgetAlone) {
    const std::string file = experiment(5, 0);
    EXPECT_EQ(run_tune(folder_.path(), {"run", file, "--max-trials", "2"}).exit_code, 0);
    EXPECT_EQ(leaderboard("branin").size(), 2U);
    EXPECT_EQ(run_tune(folder_.path(), {"run", file}).exit_code, 0);
    EXPECT_EQ(leaderboard("branin").size(), 5U);
}

TEST_F(RunTest, JsonIsOneEventALineAndQuietOneLine) {
    const std::string file = experiment(2, 0);
    std::istringstream lines(run_tune(folder_.path(), {"run", file, "--json"}).out);
    std::set<std::string> events;
    for (std::string line; std::getline(lines, line);)
        events.insert(json::parse(line).at("event").get<std::string>());
    for (const char* event : {"run_started", "worker_ready", "trial_created", "attempt_started", "reported",
                              "trial_ended", "run_ended"})
        EXPECT_TRUE(events.contains(event)) << event;
    const Finished quiet = run_tune(folder_.path(), {"run", file, "--quiet"});
    EXPECT_EQ(std::count(quiet.out.begin(), quiet.out.end(), '\n'), 1) << quiet.out;
}

TEST_F(RunTest, DryRunStartsNothing) {
    const Finished finished = run_tune(folder_.path(), {"run", experiment(2, 0), "--dry-run"});
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    EXPECT_THAT(finished.out, HasSubstr("trial 0: x0="));
    EXPECT_FALSE(std::filesystem::exists(folder_.file("runs")));
}

TEST_F(RunTest, WorkersReportTheCoresTheyWereGiven) {
    ASSERT_EQ(run_tune(folder_.path(), {"run", experiment(1, 0)}).exit_code, 0);
    const Finished show = run_tune(folder_.path(), {"show", "0", "--json"});
    const json attempt = json::parse(show.out).at("attempts").at(0);
    EXPECT_EQ(attempt.at("cores").size(), 1U);
    EXPECT_EQ(attempt.at("device"), "cpu");
}

TEST_F(RunTest, BadInputIsTwoAndNothingIsLeftBehind) {
    const std::string wrong = folder_.write("wrong.json", R"({"name": "x", "problem": "branim"})");
    const Finished finished = run_tune(folder_.path(), {"run", wrong});
    EXPECT_EQ(finished.exit_code, 2);
    EXPECT_THAT(finished.err, HasSubstr("did you mean branin?"));
    EXPECT_FALSE(std::filesystem::exists(folder_.file("runs")));
    for (const std::vector<std::string>& arguments : {std::vector<std::string>{},
                                                      {"rum"},
                                                      {"run"},
                                                      {"run", "none.json"},
                                                      {"run", experiment(1, 0), "--slots", "9999"},
                                                      {"run", experiment(1, 0), "--max-time", "soon"},
                                                      {"leaderboard", "nothing"},
                                                      {"importance", "nothing"},
                                                      {"importance", "--method", "guess"},
                                                      {"show", "1"},
                                                      {"predict", "nothing"},
                                                      {"run", experiment(1, 0), "--json", "--quiet"}})
        EXPECT_EQ(run_tune(folder_.path(), arguments).exit_code, 2) << testing::PrintToString(arguments);
}

TEST_F(RunTest, AWorkerThatCannotStartIsAClearErrorWithItsLog) {
    setenv("O2V_WORKER", "/bin/false", 1);
    const Finished finished = run_tune(folder_.path(), {"run", experiment(1, 0)});
    unsetenv("O2V_WORKER");
    EXPECT_EQ(finished.exit_code, 1);
    EXPECT_THAT(finished.err, HasSubstr("o2v-worker ended with exit code 1"));
}

TEST_F(RunTest, AStudyGrowsAndAnotherBeginsWithIt) {
    json j = json::parse(std::ifstream(experiment(3, 0)));
    const auto run = [&](std::vector<std::string> more) {
        more.insert(more.begin(), {"run", folder_.write("x.json", j.dump()), "--quiet"});
        return run_tune(folder_.path(), std::move(more));
    };
    ASSERT_EQ(run({}).exit_code, 0);
    j["budget"]["trials"] = 4;
    j["search"]["space"]["x0"]["max"] = 20;
    j["search"]["enqueue"] = {{{"x0", 15}, {"x1", 2}}};
    const Finished unasked = run({});
    EXPECT_EQ(unasked.exit_code, 2);
    EXPECT_THAT(unasked.err, HasSubstr("/search/space/x0/max: 10.0 -> 20.0"));
    EXPECT_THAT(unasked.err, HasSubstr("--extend"));
    ASSERT_EQ(run({"--extend"}).exit_code, 0);
    EXPECT_THAT(run_tune(folder_.path(), {"show", "3"}).out, HasSubstr("why   enqueued"));
    j["search"]["space"]["x0"]["max"] = 14;
    j["search"].erase("enqueue");
    const Finished outside = run({"--extend"});
    EXPECT_EQ(outside.exit_code, 2);
    EXPECT_THAT(outside.err, HasSubstr("trial 3 lies outside of the new space: x0 = 15"));

    j["name"] = "later";
    j["warm_start"] = {"branin"};
    ASSERT_EQ(run({"--max-trials", "2"}).exit_code, 0);
    std::filesystem::rename(folder_.file("runs/branin"), folder_.file("runs/gone"));
    EXPECT_EQ(run({}).exit_code, 0) << "it is whole without its parent";
    j["name"] = "orphan";
    const Finished orphan = run({});
    EXPECT_EQ(orphan.exit_code, 2);
    EXPECT_THAT(orphan.err, HasSubstr("/warm_start/0 = branin: there is no such study"));
}

TEST_F(RunTest, HelpTeachesWithAnExample) {
    for (const char* command :
         {"run", "train", "ask-tell", "validate", "status", "leaderboard", "importance", "show", "reproduce",
          "promote", "models", "predict", "schema", "data", "doctor"}) {
        const Finished finished = run_tune(folder_.path(), {command, "--help"});
        EXPECT_EQ(finished.exit_code, 0) << command;
        EXPECT_THAT(finished.out, testing::ContainsRegex("Examples?:\n  o2v-tune ")) << command;
    }
}

}  // namespace
}  // namespace o2v
