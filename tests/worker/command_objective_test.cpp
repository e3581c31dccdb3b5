// Real programs, mostly shell scripts, run as a worker runs them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "tests/orchestrator/temporary_folder.hpp"
#include "worker/objective.hpp"

namespace o2v::worker {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

// Takes every epoch until it is told to leave.
class Listener final : public TrialLink {
  public:
    bool epoch_ended(const Measurement& measurement) override {
        if (before_answer) before_answer();
        epochs.push_back(measurement);
        if (std::ssize(epochs) == leave_after) stopped_ = true;
        return !stopped_;
    }
    void checkpoint_saved(std::int64_t, const std::string&) override {}
    bool stopping() const override { return stopped_; }
    bool save_wanted() const override { return save; }
    void on_stop(std::function<void()> wake) override {
        const std::lock_guard lock(mutex_);
        wake_ = std::move(wake);
    }
    void stop() {
        stopped_ = true;
        const std::lock_guard lock(mutex_);
        if (wake_) wake_();
    }
    void restart() {
        epochs.clear();
        stopped_ = false;
        leave_after = -1;
    }
    std::vector<double> losses() const {
        std::vector<double> values;
        for (const Measurement& m : epochs) values.push_back(m.metrics.at("loss"));
        return values;
    }
    std::vector<std::int64_t> numbers() const {
        std::vector<std::int64_t> values;
        for (const Measurement& m : epochs) values.push_back(m.epoch);
        return values;
    }

    std::vector<Measurement> epochs;
    std::ptrdiff_t leave_after = -1;
    bool save = false;
    std::function<void()> before_answer;

  private:
    std::mutex mutex_;
    std::function<void()> wake_;
    std::atomic<bool> stopped_{false};
};

bool alive(const std::string& pid) {
    std::ifstream stat("/proc/" + pid + "/stat");
    std::string text;
    std::getline(stat, text);
    const std::size_t end = text.rfind(')');
    return end != std::string::npos && text.substr(end + 2, 1) != "Z";
}

class CommandObjectiveTest : public testing::Test {
  protected:
    CommandObjectiveTest() {
        trial_.trial = 7;
        trial_.seed = 18446744073709551615ULL;
        trial_.goal = {"loss", Direction::minimize};
        trial_.folder = folder_.file("trial");
        trial_.command.folder = folder_.path();
        trial_.command.metrics = {{"loss", "loss=(\\S+)"}, {"size", "size=(\\S+)"}};
    }
    Outcome run(const std::string& script) {
        trial_.command.arguments = {"/bin/sh", "-c"};
        std::string text;
        for (const char c : script) text += std::string(c == '{' || c == '}' ? 2 : 1, c);
        trial_.command.arguments.push_back(text);
        return objective_->run(trial_, link_);
    }
    // The next attempt, of which so many epochs are recorded: as many as were heard.
    void again(std::optional<std::int64_t> recorded = std::nullopt) {
        ++trial_.attempt;
        trial_.epochs_recorded = recorded.value_or(std::ssize(link_.epochs));
        link_.restart();
    }
    Failure failure(const Outcome& outcome) {
        const auto* found = std::get_if<Failure>(&outcome);
        EXPECT_NE(found, nullptr) << outcome.index();
        return found ? *found : Failure{FailureKind::lost, ""};
    }
    Completed completed(const Outcome& outcome) {
        const auto* found = std::get_if<Completed>(&outcome);
        EXPECT_NE(found, nullptr) << outcome.index()
                                  << (outcome.index() == 2 ? std::get<Failure>(outcome).message : "");
        return found ? *found : Completed{};
    }
    std::string read(const std::string& name) const {
        std::ifstream file(folder_.file(name));
        std::stringstream text;
        text << file.rdbuf();
        return text.str();
    }
    // A process that wrote its number to this file, once it has.
    std::string process(const std::string& name) const {
        for (int i = 0; i < 2000 && !read(name).ends_with('\n'); ++i)
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        const std::string text = read(name);
        return text.substr(0, text.find('\n'));
    }

    TemporaryFolder folder_;
    protocol::StartTrial trial_;
    Listener link_;
    std::unique_ptr<Objective> objective_ = make_command_objective();
};

TEST_F(CommandObjectiveTest, EachLineIsAnEpochAndTheLastOneTheValue) {
    const Completed done = completed(run("echo loss=3; echo size=10 >&2; echo loss=1; echo loss=2"));
    EXPECT_THAT(link_.losses(), ElementsAre(3, 1, 2));
    EXPECT_THAT(link_.numbers(), ElementsAre(0, 1, 2));
    EXPECT_EQ(done.metrics, (Metrics{{"loss", 2}, {"size", 10}}));
    EXPECT_EQ(done.best_epoch, 2);
    EXPECT_EQ(done.model_path, "");
    EXPECT_EQ(read("trial/output.log"), "loss=3\nsize=10\nloss=1\nloss=2\n");
}

TEST_F(CommandObjectiveTest, TheBestOneWhereThatIsAskedFor) {
    trial_.command.value = protocol::ValueRule::best;
    Completed done = completed(run("echo loss=3; echo size=1; echo loss=1; echo loss=1; echo loss=2"));
    EXPECT_EQ(done.metrics, (Metrics{{"loss", 1}, {"size", 1}}));
    EXPECT_EQ(done.best_epoch, 1) << "the first of equals";
    trial_.goal.direction = Direction::maximize;
    done = completed(run("echo loss=3; echo loss=1; echo loss=2"));
    EXPECT_EQ(done.metrics.at("loss"), 3);
}

TEST_F(CommandObjectiveTest, ParametersReachItInEachOfTheWays) {
    trial_.hyperparameters = {
        {"learning_rate", 1e-5}, {"opt.beta-1", std::int64_t{3}}, {"kind", std::string("a b")}};
    trial_.attempt = 2;
    trial_.command.arguments = {"./show.sh", "--lr={learning_rate}", "--gone={absent}", "{kind}"};
    folder_.write("show.sh",
                  "#!/bin/sh\necho \"$#|$1|$2\" >args\n"
                  "echo \"$O2V_HP_LEARNING_RATE|$O2V_HP_OPT_BETA_1|$O2V_HP_KIND\" >hp\n"
                  "echo \"$O2V_TRIAL|$O2V_ATTEMPT|$O2V_SEED\" >own\n"
                  "cp \"$O2V_PARAMS_FILE\" params\npwd >where\necho loss=1\n");
    std::filesystem::permissions(folder_.file("show.sh"), std::filesystem::perms::owner_all);
    completed(objective_->run(trial_, link_));
    EXPECT_EQ(read("args"), "2|--lr=1e-05|a b\n");
    EXPECT_EQ(read("hp"), "1e-05|3|a b\n");
    EXPECT_EQ(read("own"), "7|2|18446744073709551615\n");
    EXPECT_EQ(nlohmann::json::parse(read("params")),
              (nlohmann::json{{"learning_rate", 1e-5}, {"opt.beta-1", 3}, {"kind", "a b"}}));
    EXPECT_EQ(read("where"), std::filesystem::canonical(folder_.path()).string() + "\n");
}

TEST_F(CommandObjectiveTest, SignalsAndStandardInputAreThoseOfAFreshProcess) {
    signal(SIGTERM, SIG_IGN);
    completed(run("trap 'echo loss=1; exit 0' TERM; read line; kill -TERM $$; exit 4"));
    signal(SIGTERM, SIG_DFL);
}

TEST_F(CommandObjectiveTest, AnExitCodeOrASignalIsACrashWithTheLastLines) {
    Failure why = failure(run("echo loss=1; for i in 1 2 3 4 5 6; do echo line $i >&2; done; exit 3"));
    EXPECT_EQ(why.kind, FailureKind::crashed);
    EXPECT_EQ(why.message,
              "/bin/sh ended with exit code 3; the last lines of its output:\n"
              "line 2\nline 3\nline 4\nline 5\nline 6");
    why = failure(run("kill -SEGV $$"));
    EXPECT_EQ(why.kind, FailureKind::crashed);
    EXPECT_THAT(why.message, AllOf(HasSubstr("was killed by signal 11 (Segmentation fault)"),
                                   HasSubstr("it printed nothing")));
}

TEST_F(CommandObjectiveTest, WhatCannotBeStartedIsABadConfiguration) {
    trial_.command.arguments = {"./none.sh"};
    Failure why = failure(objective_->run(trial_, link_));
    EXPECT_EQ(why.kind, FailureKind::bad_config);
    EXPECT_EQ(why.message, "./none.sh cannot be started: No such file or directory");
    folder_.write("plain.txt", "no program");
    trial_.command.arguments = {"./plain.txt"};
    EXPECT_THAT(failure(objective_->run(trial_, link_)).message, HasSubstr("Permission denied"));
    trial_.command.arguments = {"{absent}"};
    EXPECT_THAT(failure(objective_->run(trial_, link_)).message, HasSubstr("has no argument left"));
    EXPECT_EQ(completed(run("echo loss=1")).best_epoch, 0) << "and the next one runs";
}

TEST_F(CommandObjectiveTest, WithoutAnyMetricItIsABadConfiguration) {
    const Failure why = failure(run("echo size=3; echo lost=1"));
    EXPECT_EQ(why.kind, FailureKind::bad_config);
    EXPECT_THAT(why.message, AllOf(HasSubstr("printed no line that matches loss, loss=(\\S+)"),
                                   HasSubstr("size=3\nlost=1")));
    EXPECT_THAT(failure(run("true")).message, HasSubstr("it printed nothing"));
}

TEST_F(CommandObjectiveTest, ALossThatIsNotFiniteEndsItAsDiverged) {
    for (const char* value : {"nan", "inf", "-inf"}) {
        link_.epochs.clear();
        const Outcome outcome = run(std::string("echo loss=2; echo loss=") + value + "; sleep 600");
        const auto* pruned = std::get_if<Pruned>(&outcome);
        ASSERT_NE(pruned, nullptr) << value;
        EXPECT_TRUE(pruned->diverged);
        EXPECT_EQ(pruned->reason, std::string("loss was ") + value + " in epoch 1");
        EXPECT_THAT(link_.losses(), ElementsAre(2));
    }
    EXPECT_TRUE(std::isnan(completed(run("echo size=nan; echo loss=2")).metrics.at("size")));
}

TEST_F(CommandObjectiveTest, TextThatIsNoNumberIsNamedAndEndsIt) {
    const Failure why = failure(run("echo loss=2; echo loss=2.5,; sleep 600"));
    EXPECT_EQ(why.kind, FailureKind::bad_config);
    EXPECT_THAT(why.message, AllOf(HasSubstr("\"loss=2.5,\""), HasSubstr("\"2.5,\" is no number")));
    EXPECT_THAT(link_.losses(), ElementsAre(2));
}

TEST_F(CommandObjectiveTest, LinesWithoutAnEndAndProgressBarsAreLines) {
    completed(run("printf 'loss=1\\rloss=2\\r\\nloss=3'"));
    EXPECT_THAT(link_.losses(), ElementsAre(1, 2, 3));
}

TEST_F(CommandObjectiveTest, ManyLinesArriveInOrderAndAVeryLongOneDoesNoHarm) {
    completed(
        run("head -c 300000 /dev/zero | tr '\\0' x; echo; i=0; while [ $i -lt 3000 ]; do echo loss=$i; "
            "i=$((i+1)); done"));
    ASSERT_EQ(link_.epochs.size(), 3000U);
    for (std::size_t i = 0; i < 3000; ++i)
        EXPECT_EQ(link_.epochs[i].metrics.at("loss"), static_cast<double>(i));
    EXPECT_GT(read("trial/output.log").size(), 300'000U);
}

TEST_F(CommandObjectiveTest, AfterARetryItGoesOnFromItsCheckpointFolder) {
    const std::string script =
        "n=$(cat $O2V_CHECKPOINT_DIR/n 2>/dev/null || echo 0); while [ $n -lt 4 ]; do echo loss=$((10 - n)); "
        "n=$((n+1)); "
        "echo $n >$O2V_CHECKPOINT_DIR/n; if [ $n = 2 -a $O2V_ATTEMPT = 1 ]; then kill -9 $$; fi; done";
    EXPECT_THAT(failure(run(script)).message, HasSubstr("was killed by signal 9 (Killed)"));
    EXPECT_THAT(link_.numbers(), ElementsAre(0, 1));
    again();
    const Completed done = completed(run(script));
    EXPECT_THAT(link_.numbers(), ElementsAre(2, 3));
    EXPECT_EQ(done.metrics.at("loss"), 7);
    EXPECT_EQ(done.model_path, folder_.file("trial/saved"));
    EXPECT_THAT(read("trial/output.log"), HasSubstr("loss=9\n[attempt 2]\nloss=8\n"));
}

TEST_F(CommandObjectiveTest, WithAnEmptyCheckpointFolderARetryBeginsAnew) {
    trial_.command.value = protocol::ValueRule::best;
    failure(run("echo loss=1; echo loss=2; exit 1"));
    again();
    const Completed done = completed(run("echo loss=3"));
    EXPECT_THAT(link_.numbers(), ElementsAre(0));
    EXPECT_EQ(done.metrics.at("loss"), 3) << "what the former attempt found does not count";
}

TEST_F(CommandObjectiveTest, AToldEpochMayRepeatWhatIsRecorded) {
    trial_.command.metrics.push_back({"epoch", "epoch (\\d+)"});
    trial_.command.value = protocol::ValueRule::best;
    failure(
        run("touch $O2V_CHECKPOINT_DIR/x; for i in 1 2 3; do echo epoch $i loss=$((9 - i)); done; exit 1"));
    EXPECT_THAT(link_.numbers(), ElementsAre(0, 1, 2)) << "the first one tells what it counts from";
    again();
    const Completed done = completed(run("for i in 2 3 4; do echo epoch $i loss=$((20 + i)); done"));
    EXPECT_THAT(link_.numbers(), ElementsAre(1, 2, 3));
    EXPECT_EQ(done.metrics.at("loss"), 8) << "epoch 0 of the first attempt is the best";
    EXPECT_EQ(done.best_epoch, 0);
}

TEST_F(CommandObjectiveTest, WhatAPausedProgramHadSaidBeyondTheVerdictIsSaidLater) {
    // It is at its end before the first verdict comes.
    const std::string script =
        "touch $O2V_CHECKPOINT_DIR/x; for i in 5 4 3 2; do echo loss=$i; done; "
        "echo size=9; echo done >>ends";
    link_.leave_after = 1;
    link_.before_answer = [&] {
        for (int i = 0; i < 2000 && read("trial/seen").find("trial_completed") == std::string::npos; ++i)
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
    };
    EXPECT_TRUE(std::holds_alternative<Stopped>(run(script)));
    EXPECT_EQ(read("ends"), "done\n");
    again();
    link_.leave_after = 2;
    EXPECT_TRUE(std::holds_alternative<Stopped>(run(script)));
    EXPECT_THAT(link_.numbers(), ElementsAre(1, 2));
    again(1 + 2);
    const Completed done = completed(run(script));
    EXPECT_THAT(link_.numbers(), ElementsAre(3));
    EXPECT_EQ(done.metrics, (Metrics{{"loss", 2}, {"size", 9}}));
    EXPECT_EQ(read("ends"), "done\n") << "it is not run again";
}

TEST_F(CommandObjectiveTest, AProgramThatWasStoppedGoesOnEvenIfItEndedWell) {
    const std::string script =
        "trap 'exit 0' TERM; if [ -f $O2V_CHECKPOINT_DIR/x ]; then echo loss=1; exit 0; fi; "
        "touch $O2V_CHECKPOINT_DIR/x; echo loss=2; while :; do sleep 0.02; done";
    link_.save = true;
    link_.leave_after = 1;
    EXPECT_TRUE(std::holds_alternative<Stopped>(run(script)));
    again();
    EXPECT_EQ(completed(run(script)).metrics.at("loss"), 1);
    EXPECT_THAT(link_.numbers(), ElementsAre(1));
}

TEST_F(CommandObjectiveTest, ATornEntryOfWhatWasSeenIsLeftOut) {
    failure(run("touch $O2V_CHECKPOINT_DIR/x; echo loss=3; echo loss=2; exit 1"));
    const std::string seen = folder_.file("trial/seen");
    std::filesystem::resize_file(seen, std::filesystem::file_size(seen) - 5);
    again(1);
    failure(run("echo loss=1; exit 1"));
    EXPECT_THAT(link_.numbers(), ElementsAre(1));
    again(2);
    EXPECT_EQ(completed(run("true")).metrics.at("loss"), 1) << "what came after the torn one is there";
    std::ofstream(seen) << "this is none of ours";
    again(0);
    EXPECT_EQ(completed(run("echo loss=7")).metrics.at("loss"), 7);
}

TEST_F(CommandObjectiveTest, AVerdictStopsTheProgramAndAllItHasStarted) {
    link_.leave_after = 2;
    const Outcome outcome =
        run("sleep 600 & echo $! >child; setsid sh -c 'echo $$ >stray; exec sleep 600' & "
            "while [ ! -s stray ]; do :; done; echo loss=1; echo loss=2; sleep 600");
    EXPECT_TRUE(std::holds_alternative<Stopped>(outcome));
    EXPECT_THAT(link_.losses(), ElementsAre(1, 2));
    EXPECT_FALSE(alive(process("child")));
    EXPECT_FALSE(alive(process("stray"))) << "a session of its own notwithstanding";
}

TEST_F(CommandObjectiveTest, AStopBetweenEpochsIsHeardAtOnce) {
    std::thread stopper([this] {
        process("began");
        link_.stop();
    });
    EXPECT_TRUE(std::holds_alternative<Stopped>(run("echo $$ >began; sleep 600")));
    stopper.join();
    EXPECT_FALSE(alive(process("began")));
}

TEST_F(CommandObjectiveTest, AStoppedProgramMaySave) {
    link_.save = true;
    link_.leave_after = 1;
    EXPECT_TRUE(std::holds_alternative<Stopped>(run(
        "trap 'echo saved >$O2V_CHECKPOINT_DIR/x; exit 0' TERM; echo loss=1; while :; do sleep 0.05; done")));
    EXPECT_EQ(read("trial/saved/x"), "saved\n");
}

TEST_F(CommandObjectiveTest, OneThatDoesNotListenIsKilled) {
    link_.leave_after = 1;
    EXPECT_TRUE(std::holds_alternative<Stopped>(
        run("trap '' TERM; echo $$ >own; echo loss=1; while :; do sleep 1; done")));
    EXPECT_FALSE(alive(process("own")));
}

TEST_F(CommandObjectiveTest, AnEndTakesWhatIsLeftInTheBackgroundAlong) {
    completed(
        run("sleep 600 & echo $! >child; (setsid sh -c 'echo $$ >stray; exec sleep 600' &) ; "
            "while [ ! -s stray ]; do :; done; echo loss=1"));
    EXPECT_FALSE(alive(process("child")));
    EXPECT_FALSE(alive(process("stray")));
}

}  // namespace
}  // namespace o2v::worker
