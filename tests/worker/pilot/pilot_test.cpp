// Real pilots with real workers, on this machine, as an executor has them.
#include "orchestrator/pilot_executor.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <vector>

#include "model/data/dataset.hpp"
#include "tests/orchestrator/small_disk.hpp"
#include "tests/orchestrator/temporary_folder.hpp"

namespace o2v::orchestrator {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using testing::HasSubstr;

// o2v-pilot processes started here, instead of jobs.
class Processes final : public PilotSource {
  public:
    Processes(protocol::PilotOrders orders, bool sees_folder, std::string tmpdir,
              std::vector<std::string>& lives)
        : orders_(std::move(orders)), tmpdir_(std::move(tmpdir)), lives_(lives) {
        if (!sees_folder) orders_.beacon.front() = orders_.beacon.front() == '0' ? '1' : '0';
    }
    ~Processes() override { dismiss(); }
    void want(int pilots) override {
        for (const auto& [pid, job] : pids_)
            if (waitpid(pid, nullptr, WNOHANG) == pid) {
                pids_.erase(pid);
                break;
            }
        while (static_cast<int>(pids_.size()) < pilots) begin();
    }
    void joined(const std::string& job) override { lives_.push_back("joined " + job); }
    void left(const std::string& job, Leaving how) override {
        lives_.push_back((how == Leaving::released ? "released "
                          : how == Leaving::lost   ? "lost "
                                                   : "useless ") +
                         job);
    }
    void worked() override { lives_.push_back("worked"); }
    std::string failure() const override { return ""; }
    std::string standing() const override { return ""; }
    void dismiss() override {
        for (const auto& [pid, job] : pids_) {
            for (int i = 0; i < 500 && waitpid(pid, nullptr, WNOHANG) == 0; ++i) usleep(10'000);
            ::kill(pid, SIGKILL);
            waitpid(pid, nullptr, WNOHANG);
        }
        pids_.clear();
    }
    bool dismissed() const override { return pids_.empty(); }

    const std::string& beacon() const { return orders_.beacon; }

    std::map<pid_t, std::string> pids_;

  private:
    void begin() {
        const std::string task = std::to_string(++number_);
        orders_.submission = "test";
        std::vector<std::string> environment{
            std::string(protocol::kPilotVariable) + '=' + protocol::encode(orders_), "SLURM_ARRAY_JOB_ID=1",
            "SLURM_ARRAY_TASK_ID=" + task, "PATH=/usr/bin:/bin", "TMPDIR=" + tmpdir_};
        std::vector<char*> pointers;
        for (std::string& entry : environment) pointers.push_back(entry.data());
        pointers.push_back(nullptr);
        std::string program = std::string(O2V_BIN_DIR) + "/o2v-pilot";
        char* arguments[] = {program.data(), nullptr};
        pid_t pid = -1;
        if (posix_spawn(&pid, program.c_str(), nullptr, nullptr, arguments, pointers.data()) == 0)
            pids_[pid] = "1_" + task;
    }

    protocol::PilotOrders orders_;
    std::string tmpdir_;
    std::vector<std::string>& lives_;
    int number_ = 0;
};

class PilotTest : public testing::TestWithParam<bool> {
  protected:
    void open(int pilots, const std::function<void(PilotExecutorOptions&)>& change = {}) {
        fs::create_directories(folder_.file("logs"));
        PilotExecutorOptions options;
        options.pilots = pilots;
        options.study = "test";
        options.folder = folder_.path();
        options.worker_program = std::string(O2V_BIN_DIR) + "/o2v-command-worker";
        options.address = "127.0.0.1";
        if (change) change(options);
        executor_ = make_pilot_executor(options, [&](const SourceNeeds& needs) {
            auto source = std::make_unique<Processes>(needs.orders, GetParam(), tmpdir_, lives_);
            source_ = source.get();
            return source;
        });
    }
    // Waits for the next happening of that kind and skips others.
    template <class T>
    std::optional<T> next(const std::function<bool(const T&)>& fits = [](const T&) { return true; }) {
        const auto deadline = std::chrono::steady_clock::now() + 30s;
        while (std::chrono::steady_clock::now() < deadline) {
            while (!happenings_.empty()) {
                const Happening one = happenings_.front();
                happenings_.erase(happenings_.begin());
                if (const auto* epoch = std::get_if<TrialMessage>(&one))
                    if (const auto* ended = std::get_if<protocol::EpochEnded>(&epoch->message))
                        executor_->proceed(ended->trial);
                if (const T* wanted = std::get_if<T>(&one); wanted && fits(*wanted)) return *wanted;
            }
            happenings_ = executor_->wait(std::chrono::steady_clock::now() + 100ms);
        }
        return std::nullopt;
    }
    template <class Message>
    std::optional<Message> message() {
        const auto found = next<TrialMessage>(
            [](const TrialMessage& m) { return std::holds_alternative<Message>(m.message); });
        return found ? std::optional(std::get<Message>(found->message)) : std::nullopt;
    }
    protocol::StartTrial trial(TrialId id, double epoch_seconds = 0, int epochs = 5) const {
        protocol::StartTrial start;
        start.trial = id;
        start.problem = "branin";
        start.goal = {"validation:loss", Direction::minimize};
        start.hyperparameters = {{"x0", 1.0},
                                 {"x1", 2.0},
                                 {"epochs", std::int64_t{epochs}},
                                 {"epoch_seconds", epoch_seconds},
                                 {"checkpoint_seconds", 0.0}};
        start.folder = folder_.path() + "/checkpoints/trial-" + std::to_string(id) + "/attempt-1";
        start.seed = 7;
        return start;
    }
    pid_t pilot() const { return source_->pids_.begin()->first; }

    TemporaryFolder folder_;
    std::string tmpdir_ = "/tmp";
    std::vector<std::string> lives_;
    std::unique_ptr<Executor> executor_;
    Processes* source_ = nullptr;
    std::vector<Happening> happenings_;
};

TEST_P(PilotTest, TakesTrialAfterTrialAndLeavesWhenReleased) {
    open(2);
    ASSERT_TRUE(next<WorkerReady>());
    ASSERT_TRUE(next<WorkerReady>());
    EXPECT_EQ(executor_->free_slots().size(), 2U);
    for (TrialId id = 0; id < 20; ++id) {
        executor_->start(static_cast<int>(id % 2), trial(id), std::nullopt);
        const auto done = message<protocol::TrialCompleted>();
        ASSERT_TRUE(done) << id;
        EXPECT_EQ(done->trial, id);
        EXPECT_EQ(done->best_epoch, 4);
    }
    const std::string beacon = source_->beacon();
    executor_.reset();
    EXPECT_EQ(std::count(lives_.begin(), lives_.end(), "released 1_1"), 1);
    EXPECT_FALSE(fs::exists("/tmp/o2v-" + std::to_string(geteuid()) + '-' + beacon.substr(0, 16)));
}

TEST_P(PilotTest, ACheckpointReachesTheStudysFolderAndAnotherPilotGoesOnFromIt) {
    open(1);
    ASSERT_TRUE(next<WorkerReady>());
    executor_->start(0, trial(3, 0.05, 50), std::nullopt);
    std::optional<protocol::CheckpointSaved> saved;
    for (int i = 0; i < 3; ++i) saved = message<protocol::CheckpointSaved>();
    ASSERT_TRUE(saved);
    EXPECT_EQ(saved->path, trial(3).folder + "/checkpoint");
    EXPECT_TRUE(fs::exists(saved->path));
    ::kill(pilot(), SIGKILL);
    const auto lost = next<TrialLost>();
    ASSERT_TRUE(lost);
    EXPECT_EQ(lost->trial, 3);
    EXPECT_EQ(lost->kind, FailureKind::lost);
    ASSERT_TRUE(next<WorkerReady>()) << "a pilot takes its place";
    protocol::StartTrial again = trial(3, 0.01, 50);
    again.attempt = 2;
    again.folder = folder_.path() + "/checkpoints/trial-3/attempt-2";
    again.resume_from = saved->path;
    again.epochs_recorded = 50;
    executor_->start(0, again, std::nullopt);
    const auto epoch = message<protocol::EpochEnded>();
    ASSERT_TRUE(epoch);
    EXPECT_GE(epoch->measurement.epoch, saved->epoch) << "it does not begin anew";
    executor_->proceed(3);
    EXPECT_TRUE(message<protocol::TrialCompleted>());
}

TEST_P(PilotTest, AKilledWorkerIsAFailureOfItsTrialAndThePilotGoesOn) {
    open(1);
    const auto ready = next<WorkerReady>();
    ASSERT_TRUE(ready);
    executor_->start(0, trial(1, 0.2, 100), std::nullopt);
    ASSERT_TRUE(message<protocol::EpochEnded>());
    ::kill(ready->worker.pid, SIGKILL);
    const auto lost = next<TrialLost>();
    ASSERT_TRUE(lost);
    EXPECT_EQ(lost->kind, FailureKind::crashed);
    EXPECT_THAT(lost->message, HasSubstr("was killed by signal 9"));
    ASSERT_TRUE(next<WorkerReady>());
    executor_->start(0, trial(2), std::nullopt);
    EXPECT_TRUE(message<protocol::TrialCompleted>());
    EXPECT_THAT(lives_, testing::ElementsAre("joined 1_1", "worked"));
}

TEST_P(PilotTest, OneWhoseTimeIsOverSavesAndIsReplaced) {
    open(1);
    ASSERT_TRUE(next<WorkerReady>());
    protocol::StartTrial start = trial(1, 0.05, 1000);
    start.hyperparameters["checkpoint_seconds"] = 1000.0;
    executor_->start(0, start, std::nullopt);
    ASSERT_TRUE(message<protocol::EpochEnded>());
    executor_->proceed(1);
    ASSERT_TRUE(message<protocol::EpochEnded>());
    executor_->proceed(1);
    ::kill(pilot(), SIGUSR1);
    ASSERT_TRUE(message<protocol::CheckpointSaved>());
    const auto lost = next<TrialLost>();
    ASSERT_TRUE(lost);
    EXPECT_EQ(lost->kind, FailureKind::interrupted);
    EXPECT_THAT(lost->message, HasSubstr("its job's time is over soon"));
    ASSERT_TRUE(next<WorkerReady>()) << "the next pilot";
    EXPECT_THAT(lives_, testing::ElementsAre("joined 1_1", "worked", "released 1_1", "joined 1_2"));
}

TEST_P(PilotTest, AFrozenOneIsGivenUpAndComesBackWithoutItsTrial) {
    open(2, [](PilotExecutorOptions& options) { options.limits.silence = 2s; });
    ASSERT_TRUE(next<WorkerReady>());
    ASSERT_TRUE(next<WorkerReady>());
    for (int slot : {0, 1}) executor_->start(slot, trial(slot, 0.1, 100000), std::nullopt);
    ASSERT_TRUE(message<protocol::EpochEnded>());
    const pid_t frozen = pilot();
    ::kill(frozen, SIGSTOP);
    const auto lost = next<TrialLost>();
    ASSERT_TRUE(lost);
    EXPECT_THAT(lost->message, HasSubstr("limits/silence"));
    ::kill(frozen, SIGCONT);
    const auto back = next<WorkerReady>();
    ASSERT_TRUE(back);
    EXPECT_EQ(back->slot, lost->slot);
    protocol::StartTrial again = trial(lost->trial, 0.0, 3);
    again.attempt = 2;
    executor_->start(back->slot, again, std::nullopt);
    const auto done = message<protocol::TrialCompleted>();
    ASSERT_TRUE(done);
    EXPECT_EQ(done->attempt, 2) << "what it says of the first attempt counts for nothing";
}

TEST_P(PilotTest, AnIdleOneIsReleasedAndAskedForAgainWhenAllAreBusy) {
    open(2, [](PilotExecutorOptions& options) { options.idle = 1s; });
    ASSERT_TRUE(next<WorkerReady>());
    ASSERT_TRUE(next<WorkerReady>());
    executor_->start(0, trial(1, 0.2, 100000), std::nullopt);
    const auto released = [&] {
        return std::count(lives_.begin(), lives_.end(), "released 1_2") +
               std::count(lives_.begin(), lives_.end(), "released 1_1");
    };
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    while (released() == 0 && std::chrono::steady_clock::now() < deadline) next<TrialMessage>();
    EXPECT_EQ(released(), 1);
    EXPECT_TRUE(next<WorkerReady>()) << "ten seconds of work for all";
}

TEST_P(PilotTest, OneWhoseWorkerGrowsTooBigLosesItsTrial) {
    open(1, [](PilotExecutorOptions& options) { options.limits.memory_bytes = 1 << 20; });
    ASSERT_TRUE(next<WorkerReady>());
    executor_->start(0, trial(1, 0.2, 100000), std::nullopt);
    const auto lost = next<TrialLost>();
    ASSERT_TRUE(lost);
    EXPECT_EQ(lost->kind, FailureKind::out_of_memory);
    EXPECT_THAT(lost->message, HasSubstr("limits/memory"));
}

class UnseenFolderTest : public PilotTest {};

// The pilot's machine has a disk of 256 KiB.
class SmallNodeTest : public PilotTest {
  protected:
    void SetUp() override {
        O2V_NEEDS_MOUNTED(disk_);
        tmpdir_ = folder_.file("small");
        open(1);
        ASSERT_TRUE(next<WorkerReady>());
    }
    void expect_that_the_pilot_leaves(const protocol::StartTrial& start) {
        executor_->start(0, start, std::nullopt);
        const auto failed = message<protocol::TrialFailed>();
        ASSERT_TRUE(failed);
        EXPECT_EQ(failed->kind, FailureKind::interrupted);
        EXPECT_FALSE(failed->medium) << "of the study's disk nothing is said";
        EXPECT_THAT(failed->message, HasSubstr("No space left on device"));
        EXPECT_THAT(lives_, testing::ElementsAre("joined 1_1", "useless 1_1"));
    }
    const SmallDisk disk_{folder_.file("small"), 256};
};

TEST_P(UnseenFolderTest, FilesOfADataFolderAreKeptForTheNextTrial) {
    tmpdir_ = folder_.file("node");
    open(1);
    ASSERT_TRUE(next<WorkerReady>());
    const std::string file = folder_.write("vectors/enc0.txt", "1 0.5\n");
    const std::string kept = tmpdir_ + "/o2v-" + std::to_string(geteuid()) + '-' +
                             source_->beacon().substr(0, 16) + "/data/" + data::file_hash(file) + "/enc0.txt";
    for (TrialId id = 1; id <= 2; ++id) {
        protocol::StartTrial start = trial(id);
        start.data.auxiliary = folder_.file("vectors");
        executor_->start(0, start, std::nullopt);
        ASSERT_TRUE(message<protocol::TrialCompleted>());
        EXPECT_TRUE(fs::exists(kept)) << id;
    }
}

TEST_P(SmallNodeTest, WithoutRoomForTheDataItLeavesAndBlamesNobody) {
    protocol::StartTrial start = trial(1);
    start.data.train = folder_.write("train.jsonl", std::string(1 << 20, 'x'));
    expect_that_the_pilot_leaves(start);
}

TEST_P(SmallNodeTest, SoItDoesWithoutRoomForACheckpoint) {
    disk_.fill();
    expect_that_the_pilot_leaves(trial(1));
}

TEST_P(UnseenFolderTest, WhatO2vTuneCannotReadIsTheStudysDiskAndNoTrialsFault) {
    open(1);
    ASSERT_TRUE(next<WorkerReady>());
    protocol::StartTrial start = trial(1);
    start.data.train = folder_.file("none.jsonl");
    executor_->start(0, start, std::nullopt);
    const auto failed = message<protocol::TrialFailed>();
    ASSERT_TRUE(failed);
    EXPECT_EQ(failed->kind, FailureKind::interrupted);
    EXPECT_TRUE(failed->medium);
    EXPECT_THAT(failed->message, HasSubstr("none.jsonl"));
    EXPECT_EQ(executor_->free_slots().size(), 1U) << "the pilot stays";
}

INSTANTIATE_TEST_SUITE_P(, UnseenFolderTest, testing::Values(false),
                         [](const auto&) { return "DoesNotSeeTheFolder"; });
INSTANTIATE_TEST_SUITE_P(, SmallNodeTest, testing::Values(false),
                         [](const auto&) { return "DoesNotSeeTheFolder"; });
INSTANTIATE_TEST_SUITE_P(, PilotTest, testing::Values(true, false),
                         [](const auto& of) { return of.param ? "SeesTheFolder" : "DoesNotSeeTheFolder"; });

}  // namespace
}  // namespace o2v::orchestrator
