// A study that another terminal has a say in while it runs.
#include <gmock/gmock.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <thread>

#include "tests/process/branin.hpp"

namespace o2v {
namespace {

using nlohmann::json;
using testing::HasSubstr;

class ControlTest : public BraninTest {
  protected:
    Finished ask(std::vector<std::string> arguments) {
        return run_tune(folder_.path(), std::move(arguments));
    }
    json status() { return json::parse(ask({"status", "branin", "--json"}).out).at(0); }
    std::int64_t epochs() {
        std::int64_t sum = 0;
        for (const json& trial : essence("branin")) sum += trial.at("epochs").get<std::int64_t>();
        return sum;
    }
};

TEST_F(ControlTest, APausedStudyStandsStillUntilItIsResumed) {
    const std::string file = experiment(4, 0.05);
    Program program(folder_.path(), tune({"run", file}));
    ASSERT_TRUE(program.wait_for("trial 0"));
    const Finished paused = ask({"pause", "branin"});
    EXPECT_EQ(paused.exit_code, 0) << paused.err;
    ASSERT_TRUE(program.wait_for("paused"));
    EXPECT_TRUE(status().at("paused").get<bool>());
    std::this_thread::sleep_for(std::chrono::milliseconds(200));  // the epoch that is under way ends
    const std::int64_t before = epochs();
    std::this_thread::sleep_for(std::chrono::milliseconds(400));  // eight epochs' time
    EXPECT_EQ(epochs(), before);
    EXPECT_TRUE(program.running());
    EXPECT_EQ(ask({"resume", "branin"}).exit_code, 0);
    EXPECT_EQ(program.wait().exit_code, 0);
    EXPECT_GT(epochs(), before);
    EXPECT_FALSE(status().at("paused").get<bool>());
}

TEST_F(ControlTest, CtrlCInAPausedStudySavesWhatWaits) {
    Program program(folder_.path(), tune({"run", experiment(4, 0.05)}));
    ASSERT_TRUE(program.wait_for("trial 0"));
    ASSERT_EQ(ask({"pause", "branin"}).exit_code, 0);
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    program.signal(SIGINT);
    EXPECT_EQ(program.wait().exit_code, 130);
    EXPECT_EQ(ask({"run", folder_.file("branin.json")}).exit_code, 0);
    for (const json& trial : essence("branin")) EXPECT_NE(trial.at("state"), "failed");
}

TEST_F(ControlTest, StopLetsRunningTrialsEndAndStopNowSavesThem) {
    const std::string file = experiment(30, 0.1);
    Program first(folder_.path(), tune({"run", file}));
    ASSERT_TRUE(first.wait_for("trial 0"));
    EXPECT_EQ(ask({"stop", "branin"}).exit_code, 0);
    EXPECT_EQ(first.wait().exit_code, 130);
    const json ended = essence("branin");
    EXPECT_LT(ended.size(), 30U);
    for (const json& trial : ended)
        EXPECT_TRUE(trial.at("state") == "completed" || trial.at("state") == "pruned") << trial;

    Program second(folder_.path(), tune({"run", file}));
    ASSERT_TRUE(second.wait_for("continuing after"));
    std::this_thread::sleep_for(std::chrono::milliseconds(250));
    EXPECT_EQ(ask({"stop", "branin", "--now"}).exit_code, 0);
    EXPECT_EQ(second.wait().exit_code, 130);
    EXPECT_EQ(essence("branin").back().at("state"), "waiting");
    const Finished none = ask({"stop", "branin"});
    EXPECT_EQ(none.exit_code, 2);
    EXPECT_THAT(none.err, HasSubstr("not running"));
}

TEST_F(ControlTest, NothingIsEnqueuedInAReproducibleStudy) {
    ASSERT_EQ(run(experiment(2, 0, {{"reproducible", true}}), "study").exit_code, 0);
    const Finished refused = ask({"enqueue", "study", "x0=3", "x1=2"});
    EXPECT_EQ(refused.exit_code, 2) << refused.out;
    EXPECT_THAT(refused.err, HasSubstr("takes its configurations from its file"));
}

TEST_F(ControlTest, WhatIsEnqueuedIsTriedNextAndOnceAlsoAcrossAKill) {
    const std::string file = experiment(12, 0.05);
    Program program(folder_.path(), tune({"run", file}));
    ASSERT_TRUE(program.wait_for("trial 0"));
    EXPECT_EQ(ask({"enqueue", "branin", "x0=3", "x1=2"}).exit_code, 0);
    const Finished outside = ask({"enqueue", "branin", "x0=99", "x1=2"});
    EXPECT_EQ(outside.exit_code, 2);
    EXPECT_THAT(outside.err, HasSubstr("99"));
    program.signal(SIGSTOP);  // so that this one is not taken before the kill
    EXPECT_EQ(ask({"enqueue", "branin", "x0=5", "x1=2"}).exit_code, 0);
    program.signal(SIGKILL);
    program.wait();
    EXPECT_EQ(ask({"enqueue", "branin", "x0=5", "x1=2"}).exit_code, 0) << "the next run takes it";
    EXPECT_EQ(ask({"enqueue", "branin", "x0=4", "x1=2"}).exit_code, 0);
    EXPECT_EQ(ask({"run", file}).exit_code, 0);
    std::map<double, int> times;
    for (const json& trial : essence("branin")) {
        const json& params = trial.at("params");
        if (params.at("x1") == 2.0) ++times[params.at("x0").get<double>()];
    }
    EXPECT_THAT(times, testing::ElementsAre(testing::Pair(3, 1), testing::Pair(4, 1), testing::Pair(5, 1)));
}

}  // namespace
}  // namespace o2v
