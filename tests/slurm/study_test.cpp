// Studies on a real cluster, as a person runs them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <sstream>

#include "tests/process/branin.hpp"
#include "tests/slurm/cluster.hpp"

namespace o2v {
namespace {

using nlohmann::json;
using testing::HasSubstr;

class SlurmStudyTest : public BraninTest {
  protected:
    void SetUp() override {
        if (const std::string why = SlurmCluster::why_not(); !why.empty()) GTEST_SKIP() << why;
        SlurmCluster::shared().settle();
    }
    // So many trials of five epochs, by four pilots.
    std::string on_cluster(int trials, double epoch_seconds, const json& resources = {}) {
        json all{{"executor", "slurm"},
                 {"pilots", 4},
                 {"per_pilot", {{"gpus", 1}}},
                 {"time", "10m"},
                 {"slots", nullptr}};
        if (resources.is_object()) all.merge_patch(resources);
        return experiment(trials, epoch_seconds,
                          {{"name", "there"}, {"pruner", nullptr}, {"resources", all}});
    }
    std::string text(const std::string& file) const {
        std::ostringstream all;
        all << std::ifstream(folder_.file(file)).rdbuf();
        return all.str();
    }
    std::string log() const { return text("runs/there/logs/pilots.log"); }
    int completed() {
        const Finished shown =
            run_tune(folder_.path(), {"leaderboard", "there", "--all", "--format", "json"});
        const json all = json::parse(shown.out);
        return static_cast<int>(std::count_if(
            all.begin(), all.end(), [](const json& trial) { return trial.at("state") == "completed"; }));
    }
    bool wait_for(const std::function<bool()>& so) {
        for (int i = 0; i < 1800 && !so(); ++i) usleep(50'000);
        return so();
    }
};

TEST_F(SlurmStudyTest, PilotsHaveAGpuEachAndGoWhenTheStudyIsDone) {
    const Finished run = run_tune(folder_.path(), {"run", on_cluster(20, 0.1)});
    ASSERT_EQ(run.exit_code, 0) << run.err;
    EXPECT_THAT(run.out + run.err, HasSubstr("4 pilots of Slurm, each 1 core, 1 GPU"));
    EXPECT_EQ(completed(), 20);
    const std::string text = log();
    const std::regex joined(
        "joins as slot [0-3]: job \\d+_\\d, process \\d+ on \\S+, GPU [01](; \\d+ s left)?\n");
    EXPECT_EQ(std::distance(std::sregex_iterator(text.begin(), text.end(), joined), {}), 4) << text;
    EXPECT_TRUE(wait_for([] { return SlurmCluster::shared().run("squeue --noheader").empty(); }));
    const auto mode = std::filesystem::status(folder_.file("runs/there/pilots/keys.json")).permissions();
    EXPECT_EQ(mode & std::filesystem::perms(0077), std::filesystem::perms::none)
        << "the secret is its owner's";
}

TEST_F(SlurmStudyTest, WhatSlurmWouldNeverRunIsRefusedBeforeAnythingIsWritten) {
    const Finished many =
        run_tune(folder_.path(), {"run", on_cluster(20, 0, {{"per_pilot", {{"gpus", 9}}}})});
    EXPECT_EQ(many.exit_code, 2);
    EXPECT_THAT(many.err, HasSubstr("branin.json: /resources"));
    EXPECT_FALSE(std::filesystem::exists(folder_.file("runs")));
    const Finished elsewhere =
        run_tune(folder_.path(), {"run", on_cluster(20, 0, {{"partition", "nowhere"}})});
    EXPECT_EQ(elsewhere.exit_code, 2);
    EXPECT_THAT(elsewhere.err, HasSubstr("partition"));
    const Finished wrong =
        run_tune(folder_.path(),
                 {"run", on_cluster(20, 0, {{"pilots", 0}, {"slots", 2}, {"sbatch", "x"}, {"time", "1 h"}})});
    EXPECT_EQ(wrong.exit_code, 2);
    for (const char* field :
         {"/resources/pilots", "/resources/slots", "/resources/sbatch", "/resources/time"})
        EXPECT_THAT(wrong.err, HasSubstr(field));
}

TEST_F(SlurmStudyTest, WhenItsO2vTuneIsKilledTheNextOneFindsThePilots) {
    const std::string file = on_cluster(40, 0.2);
    Program killed(folder_.path(), tune({"run", file, "--quiet"}));
    ASSERT_TRUE(wait_for([&] { return log().find("slot 3") != std::string::npos; })) << log();
    usleep(700'000);
    killed.signal(SIGKILL);
    killed.wait();
    const Finished next = run_tune(folder_.path(), {"run", file, "--quiet"});
    ASSERT_EQ(next.exit_code, 0) << next.err;
    EXPECT_EQ(completed(), 40);
    const std::string text = log();
    const std::regex process("process (\\d+) on");
    std::multiset<std::string> processes;
    for (std::sregex_iterator one(text.begin(), text.end(), process), end; one != end; ++one)
        processes.insert((*one)[1]);
    EXPECT_EQ(processes.size(), 8U) << text;
    EXPECT_EQ(std::set<std::string>(processes.begin(), processes.end()).size(), 4U) << "the same ones twice";
}

TEST_F(SlurmStudyTest, ACrashedNodesTrialsGoOnElsewhere) {
    Program run(folder_.path(), tune({"run", on_cluster(40, 0.2), "--quiet"}));
    ASSERT_TRUE(wait_for([&] { return log().find("slot 3") != std::string::npos; })) << log();
    SlurmCluster::shared().act("crash", "n1");
    const Finished finished = run.wait();
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    EXPECT_EQ(completed(), 40);
    EXPECT_THAT(log(), HasSubstr("is gone: "));
    EXPECT_THAT(log(), HasSubstr("submitted "));
}

TEST_F(SlurmStudyTest, ItIsWatchedAndEndedFromOutsideWhenDetached) {
    const Finished started = run_tune(folder_.path(), {"run", on_cluster(400, 0.2), "--detach"});
    ASSERT_EQ(started.exit_code, 0) << started.err;
    EXPECT_THAT(started.out, HasSubstr("in the background as process "));
    ASSERT_TRUE(wait_for([&] { return log().find("slot 3") != std::string::npos; })) << log();
    EXPECT_THAT(run_tune(folder_.path(), {"status", "there"}).out, HasSubstr("running"));
    EXPECT_EQ(run_tune(folder_.path(), {"run", folder_.file("branin.json"), "--detach"}).exit_code, 1)
        << "it runs";
    EXPECT_EQ(run_tune(folder_.path(), {"stop", "there", "--now"}).exit_code, 0);
    EXPECT_TRUE(wait_for(
        [&] { return text("runs/there/logs/run.log").find("next: o2v-tune run") != std::string::npos; }));
    EXPECT_TRUE(wait_for([] { return SlurmCluster::shared().run("squeue --noheader").empty(); }));
}

}  // namespace
}  // namespace o2v
