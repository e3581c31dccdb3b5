// The real programs in a terminal, and what another terminal sees of them and says to them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>

#include "tests/process/branin.hpp"
#include "tests/process/terminal.hpp"

namespace o2v {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

class ScreenProcessTest : public BraninTest {
  protected:
    std::string experiment(int trials, double epoch_seconds, int slots = 1,
                           const json& more = json::object()) {
        json changes{{"fixed", {{"checkpoint_seconds", nullptr}}},
                     {"pruner", nullptr},
                     {"resources", {{"slots", slots}}}};
        changes.update(more);
        return BraninTest::experiment(trials, epoch_seconds, changes);
    }
    // How often the lines of a text match.
    static int count(const std::vector<std::string>& lines, const std::string& pattern) {
        int found = 0;
        for (const std::string& line : lines) found += std::regex_search(line, std::regex(pattern));
        return found;
    }
    std::vector<std::string> start(const std::string& file) { return tune({"run", file}); }
};

TEST_F(ScreenProcessTest, TheLiveTableIsGoneAtTheEndAndEverySentenceStands) {
    Terminal terminal(folder_.path(), start(experiment(8, 0.05)), 100, 30, {"NO_COLOR=1"});
    EXPECT_TRUE(terminal.wait_for("pairs/s"));
    EXPECT_TRUE(terminal.wait_for("about"));
    EXPECT_EQ(terminal.wait(), 0);
    const std::vector<std::string> lines = terminal.screen.lines();
    EXPECT_EQ(count(lines, "^trial \\d+ completed: "), 8) << terminal.screen.text();
    EXPECT_EQ(count(lines, "pairs/s|^\\[#"), 0) << terminal.screen.text();
    EXPECT_EQ(count(lines, "^ended: the budget of 8 trials is used$"), 1);
    EXPECT_EQ(terminal.screen.unknown, "");
    EXPECT_TRUE(terminal.screen.wraps()) << "the terminal is left as it was";
    EXPECT_THAT(terminal.written, Not(HasSubstr("\033[33m"))) << "NO_COLOR";
}

TEST_F(ScreenProcessTest, ATerminalThatChangesItsSizeIsFollowed) {
    Terminal terminal(folder_.path(), start(experiment(8, 0.1)), 100, 30);
    ASSERT_TRUE(terminal.wait_for("pairs/s"));
    const std::size_t before = terminal.written.size();
    terminal.resize(30, 30);
    ASSERT_TRUE(terminal.wait_for("trial 2 completed"));
    std::istringstream after(terminal.written.substr(before + 200));
    int drawn = 0;
    for (std::string line; std::getline(after, line);) {
        const std::size_t row = line.find("0: ");
        if (row == std::string::npos || line.find("trial") != std::string::npos) continue;
        line = line.substr(row, line.find_first_of("\r\033", row) - row);
        EXPECT_LT(line.size(), 30U) << line;
        ++drawn;
    }
    EXPECT_GT(drawn, 0);
    terminal.resize(100, 3);  // no room for a table
    EXPECT_TRUE(terminal.wait_for("trial 4 completed"));
    EXPECT_EQ(terminal.wait(), 0);
}

TEST_F(ScreenProcessTest, CtrlCLeavesTheTerminalClean) {
    Terminal terminal(folder_.path(), start(experiment(50, 0.1)), 100, 30);
    ASSERT_TRUE(terminal.wait_for("trial 0 completed"));
    terminal.type("\003");
    EXPECT_EQ(terminal.wait(), 130);
    EXPECT_EQ(count(terminal.screen.lines(), "pairs/s|^\\[#"), 0) << terminal.screen.text();
    EXPECT_TRUE(terminal.screen.wraps());
}

TEST_F(ScreenProcessTest, StatusWatchShowsTheTableUntilTheRunEnds) {
    const std::string file = experiment(6, 0.15);
    EXPECT_EQ(run_tune(folder_.path(), {"status", "--watch"}).exit_code, 2) << "there is no study";
    Program run(folder_.path(), start(file));
    ASSERT_TRUE(run.wait_for("trial 0 completed"));
    Terminal terminal(folder_.path(), tune({"status", "--watch", "branin"}), 100, 30);
    Program piped(folder_.path(), tune({"status", "--watch"}));
    EXPECT_TRUE(terminal.wait_for("run by"));
    EXPECT_EQ(terminal.wait(), 0);
    EXPECT_EQ(count(terminal.screen.lines(), "^study branin "), 1) << terminal.screen.text();
    EXPECT_EQ(count(terminal.screen.lines(), " 6/6 trials"), 1) << terminal.screen.text();
    EXPECT_EQ(count(terminal.screen.lines(), "^not running$"), 1);
    const Finished lines = piped.wait();
    EXPECT_EQ(lines.exit_code, 0) << lines.err;
    EXPECT_THAT(lines.out, testing::AllOf(HasSubstr("run by"), HasSubstr("trial 5 completed"),
                                          HasSubstr(" 6/6 trials"), Not(HasSubstr("\033"))));
    EXPECT_EQ(run.wait().exit_code, 0);
    EXPECT_EQ(run_tune(folder_.path(), {"status", "--watch"}).exit_code, 0) << "nothing runs: said once";
}

TEST_F(ScreenProcessTest, StatusWatchEndsWithCtrlC) {
    Program run(folder_.path(), start(experiment(100, 0.1)));
    ASSERT_TRUE(run.wait_for("trial 0 completed"));
    Terminal terminal(folder_.path(), tune({"status", "--watch"}), 100, 30);
    ASSERT_TRUE(terminal.wait_for("run by"));
    terminal.type("\003");
    EXPECT_EQ(terminal.wait(), 130);
    EXPECT_TRUE(run.running()) << "the run goes on";
}

TEST_F(ScreenProcessTest, StatusSaysWhatRuns) {
    Program run(folder_.path(), start(experiment(100, 0.2)));
    ASSERT_TRUE(run.wait_for("trial 0 completed"));
    const Finished text = run_tune(folder_.path(), {"status"});
    EXPECT_THAT(text.out,
                testing::AllOf(HasSubstr("1 completed, 1 running"), HasSubstr("trial 1 on slot-0/pid-"),
                               HasSubstr("last change"), HasSubstr("on disk")));
    const json all = json::parse(run_tune(folder_.path(), {"status", "--json"}).out);
    EXPECT_EQ(all.at(0).at("running"), true);
    EXPECT_EQ(all.at(0).at("running_trials").at(0).at("planned_epochs"), 5);
    EXPECT_EQ(all.at(0).at("trials").at("running"), 1);
}

TEST_F(ScreenProcessTest, WhatDoesNotRunCannotBeStopped) {
    experiment(2, 0);
    ASSERT_EQ(run_tune(folder_.path(), {"run", "branin.json"}).exit_code, 0);
    for (const char* command : {"stop", "pause", "resume"}) {
        const Finished finished = run_tune(folder_.path(), {command, "branin"});
        EXPECT_EQ(finished.exit_code, 2);
        EXPECT_THAT(finished.err,
                    HasSubstr(std::string("branin: is not running: there is nothing to ") + command));
        EXPECT_EQ(run_tune(folder_.path(), {command, "none"}).exit_code, 2);
    }
    EXPECT_FALSE(std::filesystem::exists(folder_.file("runs/branin/control")));
}

TEST_F(ScreenProcessTest, AConfigurationIsEnqueuedForTheNextRun) {
    experiment(2, 0);
    ASSERT_EQ(run_tune(folder_.path(), {"run", "branin.json"}).exit_code, 0);
    const Finished finished = run_tune(folder_.path(), {"enqueue", "branin", "x0=1", "x1=2.5"});
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    EXPECT_EQ(finished.out,
              "enqueued: x0=1, x1=2.5\nthe study is not running; its next run tries it first\n");
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_.file("runs/branin/control")), {}), 1);
    const auto error = [&](std::vector<std::string> more) {
        more.insert(more.begin(), {"enqueue", "branin"});
        const Finished refused = run_tune(folder_.path(), more);
        EXPECT_EQ(refused.exit_code, 2) << refused.out;
        return refused.err;
    };
    EXPECT_THAT(error({"x0=100"}), HasSubstr("/x0 = 100: is not in the range or list"));
    EXPECT_THAT(error({"--json", "{\"x0\": "}), HasSubstr("is no JSON"));
    EXPECT_THAT(error({"--json", "[]"}), HasSubstr("must be an object"));
    EXPECT_THAT(error({"--file", "none.json"}), HasSubstr("none.json"));
    EXPECT_THAT(error({}), HasSubstr("one configuration is needed"));
    EXPECT_THAT(error({"x0=1", "--json", "{}"}), HasSubstr("one configuration is needed"));
    const json trials =
        json::parse(run_tune(folder_.path(), {"leaderboard", "branin", "--all", "--format", "json"}).out);
    EXPECT_THAT(error({"--json", trials.at(0).at("params").dump()}),
                HasSubstr("has been tried: it is trial " + trials.at(0).at("trial").dump()));
    folder_.write("more.json", R"({"x0": 3, /* by hand */ "x1": 4})");
    EXPECT_EQ(run_tune(folder_.path(), {"enqueue", "branin", "--file", "more.json"}).exit_code, 0);
}

TEST_F(ScreenProcessTest, TailShowsATrialsPartOfTheLog) {
    experiment(2, 0);
    ASSERT_EQ(run_tune(folder_.path(), {"run", "branin.json"}).exit_code, 0);
    const Finished silent = run_tune(folder_.path(), {"tail", "1"});
    EXPECT_EQ(silent.exit_code, 0);
    EXPECT_THAT(silent.err,
                HasSubstr("trial 1 has printed nothing that is kept (runs/branin/logs/worker-0.log)"));
    std::string log;
    std::getline(std::ifstream(folder_.file("runs/branin/logs/worker-0.log")), log, '\0');
    const std::string marker = "== trial 0, attempt 1 ==\n";
    ASSERT_THAT(log, HasSubstr(marker));
    log.insert(log.find(marker) + marker.size(), "something it said\n");
    folder_.write("runs/branin/logs/worker-0.log", log);
    EXPECT_EQ(run_tune(folder_.path(), {"tail", "0", "--run", "branin", "-f"}).out, "something it said\n");
    EXPECT_EQ(run_tune(folder_.path(), {"tail", "7"}).exit_code, 2);
}

TEST_F(ScreenProcessTest, AProgramIsToldOfTheEnd) {
    folder_.write("tell.sh", "#!/bin/sh\necho \"$O2V_STUDY $O2V_END $O2V_TRIALS $O2V_BEST_TRIAL\" > told\n");
    chmod(folder_.file("tell.sh").c_str(), 0755);
    experiment(3, 0, 1, {{"notify", {{"command", {"./tell.sh"}}}}});
    ASSERT_EQ(run_tune(folder_.path(), {"run", "branin.json"}).exit_code, 0);
    std::string told;
    std::getline(std::ifstream(folder_.file("told")), told);
    EXPECT_THAT(told, testing::MatchesRegex("branin done 3 [0-2]"));
    experiment(3, 0, 1, {{"name", "other"}, {"notify", {{"command", {"./none.sh"}}}}});
    const Finished finished = run_tune(folder_.path(), {"run", "branin.json"});
    EXPECT_EQ(finished.exit_code, 0) << "a failure of it is a note";
    EXPECT_THAT(finished.out, HasSubstr("./none.sh, cannot be run"));
}

}  // namespace
}  // namespace o2v
