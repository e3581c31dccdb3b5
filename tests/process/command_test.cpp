// o2v-tune with other programs as the objective: results, crashes, and that nothing is left running.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "tests/orchestrator/temporary_folder.hpp"
#include "tests/process/program.hpp"

namespace o2v {
namespace {

using nlohmann::json;
using testing::HasSubstr;

class CommandTest : public testing::Test {
  protected:
    // One slot, so many trials of the script, which gets x and writes where it likes.
    std::string experiment(const std::string& script, int trials, const json& more = json::object()) {
        folder_.write("train.sh", "#!/bin/sh\n" + script);
        std::filesystem::permissions(folder_.file("train.sh"), std::filesystem::perms::owner_all);
        json j = json::parse(R"json({
            "name": "mine",
            "objective": {"command": ["./train.sh", "{x}"], "metric": "loss", "direction": "minimize",
                          "metrics": [{"name": "loss", "regex": "^loss=(\\S+)"}]},
            "search": {"strategy": "random", "seed": 3, "space": {"x": {"type": "int", "min": 0, "max": 100}}},
            "resources": {"slots": 1}})json");
        j["budget"] = {{"trials", trials}};
        j.merge_patch(more);
        return folder_.write("mine.json", j.dump());
    }
    json trials() {
        const Finished board = run_tune(folder_.path(), {"leaderboard", "mine", "--all", "--format", "json"});
        EXPECT_EQ(board.exit_code, 0) << board.err;
        return json::parse(board.out);
    }
    std::string read(const std::string& name) const {
        std::ifstream file(folder_.file(name));
        std::stringstream text;
        text << file.rdbuf();
        return text.str();
    }
    // The process that writes its number, and a line's end, to this file.
    pid_t process(const std::string& name) const {
        for (int i = 0; i < 3000 && !read(name).ends_with('\n'); ++i)
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        const std::string text = read(name);
        return text.empty() ? 0 : static_cast<pid_t>(std::stol(text));
    }
    static bool dies(pid_t pid) {
        for (int i = 0; i < 3000 && exists(pid); ++i)
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        return pid > 0 && !exists(pid);
    }
    // Three processes that run for ever, whatever signal asks them to end: the program, its child, and
    // one in a session of its own.
    static constexpr const char* kFamily =
        "trap '' TERM INT HUP\n"
        "sh -c 'trap \"\" TERM INT HUP; echo $$ >child; while :; do sleep 1; done' &\n"
        "setsid sh -c 'trap \"\" TERM INT HUP; echo $$ >stray; while :; do sleep 1; done' &\n"
        "echo $$ >own\nwhile :; do sleep 1; done\n";

    TemporaryFolder folder_;
};

TEST_F(CommandTest, TunesAScriptAndShowsWhatItPrinted) {
    const Finished finished = run_tune(
        folder_.path(),
        {"run", experiment("echo loss=$(($1 + 1)); echo loss=$1; echo x >$O2V_CHECKPOINT_DIR/model", 8)});
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    const json board = trials();
    ASSERT_EQ(board.size(), 8U);
    for (const json& trial : board) EXPECT_EQ(trial.at("value"), trial.at("params").at("x")) << trial;
    const std::string best = std::to_string(board.at(0).at("trial").get<int>());
    const std::string kept = "runs/mine/checkpoints/trial-" + best;
    EXPECT_EQ(read(kept + "/saved/model"), "x\n");
    EXPECT_THAT(read(kept + "/output.log"), HasSubstr("loss="));
    EXPECT_THAT(run_tune(folder_.path(), {"show", best}).out, HasSubstr("learning curve"));
}

TEST_F(CommandTest, ABestOfItsEpochsIsTheValueWhereThatIsAsked) {
    const std::string file =
        experiment("echo loss=$1; echo loss=$(($1 + 1))", 3, {{"objective", {{"value", "best"}}}});
    ASSERT_EQ(run_tune(folder_.path(), {"run", file}).exit_code, 0);
    for (const json& trial : trials()) EXPECT_EQ(trial.at("value"), trial.at("params").at("x"));
}

TEST_F(CommandTest, ACheckpointFolderSurvivesACrash) {
    const std::string file = experiment(
        "echo loss=5\nif [ ! -f $O2V_CHECKPOINT_DIR/seen ]; then touch $O2V_CHECKPOINT_DIR/seen; "
        "echo broke; exit 3; fi\n"
        "echo loss=$O2V_ATTEMPT",
        2);
    const Finished finished = run_tune(folder_.path(), {"run", file});
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    EXPECT_THAT(finished.out, HasSubstr("./train.sh ended with exit code 3"));
    EXPECT_THAT(finished.out, HasSubstr("broke"));
    for (const json& trial : trials()) EXPECT_EQ(trial.at("value"), 2) << trial;
}

TEST_F(CommandTest, AProgramThatAlwaysFailsEndsTheStudyAndItsOutputIsKept) {
    const Finished finished =
        run_tune(folder_.path(), {"run", experiment("echo oh no >&2; kill -ABRT $$", 20)});
    EXPECT_EQ(finished.exit_code, 1);
    EXPECT_THAT(finished.out, HasSubstr("was killed by signal 6 (Aborted)"));
    EXPECT_THAT(read("runs/mine/checkpoints/trial-0/output.log"),
                HasSubstr("oh no\n[attempt 2]\noh no\n[attempt 3]\noh no\n"));
    const json board = trials();
    EXPECT_LT(board.size(), 20U);
    for (const json& trial : board) EXPECT_EQ(trial.at("state"), "failed");
}

TEST_F(CommandTest, APruneKillsTheProgram) {
    // Every third trial is the best so far and ends; the others would never end by themselves.
    const std::string file = experiment(
        "echo $$ >own-$O2V_TRIAL\nif [ $O2V_TRIAL -lt 3 ]; then echo loss=1; echo loss=1; exit 0; "
        "fi\n"
        "echo loss=100\necho loss=100\nexec sleep 600",
        5, {{"pruner", {{"type", "median"}, {"startup_trials", 3}}}});
    const Finished finished = run_tune(folder_.path(), {"run", file});
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    int pruned = 0;
    for (const json& trial : trials()) pruned += trial.at("state") == "pruned" ? 1 : 0;
    EXPECT_EQ(pruned, 2);
    EXPECT_TRUE(dies(process("own-3")));
    EXPECT_TRUE(dies(process("own-4")));
}

TEST_F(CommandTest, APausedTrialGoesOnFromItsCheckpoint) {
    const std::string file = experiment(
        "n=$(cat $O2V_CHECKPOINT_DIR/n 2>/dev/null || echo 0)\nwhile [ $n -lt 9 ]; do n=$((n + 1))\n"
        "echo $n >$O2V_CHECKPOINT_DIR/n.tmp; mv $O2V_CHECKPOINT_DIR/n.tmp $O2V_CHECKPOINT_DIR/n\n"
        "echo epoch $n; echo loss=$(($1 + 10 - n)); sleep 0.1; done",
        9,
        {{"objective",
          {{"metrics",
            {{{"name", "loss"}, {"regex", "loss=(\\S+)"}}, {{"name", "epoch"}, {"regex", "epoch (\\d+)"}}}}}},
         {"fixed", {{"epochs", 9}}},
         {"pruner", {{"type", "asha"}}}});
    const Finished finished = run_tune(folder_.path(), {"run", file});
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    int completed = 0;
    for (const json& trial : trials()) {
        if (trial.at("state") != "completed") continue;
        ++completed;
        EXPECT_EQ(trial.at("value").get<double>(), trial.at("params").at("x").get<double>() + 1);
    }
    EXPECT_GE(completed, 1);
}

TEST_F(CommandTest, CtrlCEndsAProgramThatHangs) {
    Program program(folder_.path(), tune({"run", experiment("echo $$ >own; exec sleep 600", 2)}));
    const pid_t own = process("own");
    ASSERT_TRUE(exists(own));
    kill(-program.pid(), SIGINT);
    ASSERT_TRUE(program.wait_for("press Ctrl-C again"));
    EXPECT_TRUE(exists(own)) << "it may finish";
    kill(-program.pid(), SIGINT);
    EXPECT_EQ(program.wait().exit_code, 130);
    EXPECT_FALSE(exists(own));
}

TEST_F(CommandTest, AThirdCtrlCEndsEvenOneThatDoesNotListen) {
    Program program(folder_.path(), tune({"run", experiment(kFamily, 2)}));
    const pid_t own = process("own"), child = process("child"), stray = process("stray");
    kill(-program.pid(), SIGINT);
    ASSERT_TRUE(program.wait_for("press Ctrl-C again"));
    kill(-program.pid(), SIGINT);
    ASSERT_TRUE(program.wait_for("interrupt again to leave at once"));
    kill(-program.pid(), SIGINT);
    EXPECT_EQ(program.wait().exit_code, 130);
    for (const pid_t pid : {own, child, stray}) EXPECT_TRUE(dies(pid));
}

TEST_F(CommandTest, NothingOutlivesAKilledWorker) {
    Program program(folder_.path(), tune({"run", experiment(kFamily, 2)}));
    for (int round = 0; round < 2; ++round) {
        const pid_t own = process("own"), child = process("child"), stray = process("stray");
        ASSERT_TRUE(exists(own) && exists(child) && exists(stray));
        for (const char* name : {"own", "child", "stray"}) std::filesystem::remove(folder_.file(name));
        for (const pid_t worker : children_of(program.pid())) kill(worker, SIGKILL);
        for (const pid_t pid : {own, child, stray}) EXPECT_TRUE(dies(pid)) << round;
    }
    EXPECT_TRUE(exists(process("own"))) << "the trial is tried again";
}

TEST_F(CommandTest, NothingOutlivesAKilledO2vTune) {
    for (const bool whole_group : {false, true}) {
        Program program(folder_.path(), tune({"run", experiment(kFamily, 2)}));
        const pid_t own = process("own"), child = process("child"), stray = process("stray");
        ASSERT_TRUE(exists(own) && exists(child) && exists(stray));
        for (const char* name : {"own", "child", "stray"}) std::filesystem::remove(folder_.file(name));
        kill(whole_group ? -program.pid() : program.pid(), SIGKILL);
        EXPECT_EQ(program.wait().exit_code, 128 + SIGKILL);
        for (const pid_t pid : {own, child, stray}) EXPECT_TRUE(dies(pid)) << whole_group;
    }
}

TEST_F(CommandTest, TheExampleIsValidAndRuns) {
    const std::string example = O2V_SOURCE_DIR "/experiments/command.json";
    const Finished valid = run_tune(folder_.path(), {"validate", example});
    EXPECT_EQ(valid.exit_code, 0) << valid.err;
    const Finished finished = run_tune(folder_.path(), {"run", example, "--max-trials", "4", "--slots", "1"});
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    EXPECT_THAT(run_tune(folder_.path(), {"leaderboard", "command"}).out, HasSubstr("completed"));
}

TEST_F(CommandTest, OneTrainingOfACommand) {
    const Finished trained =
        run_tune(folder_.path(), {"train", experiment("echo loss=$1", 2), "--set", "x=42"});
    EXPECT_EQ(trained.exit_code, 0) << trained.err;
    EXPECT_THAT(trained.out, HasSubstr("loss 42"));
}

}  // namespace
}  // namespace o2v
