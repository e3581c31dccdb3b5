#include "orchestrator/trial_log.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/orchestrator/temporary_folder.hpp"
#include "worker/protocol/messages.hpp"

namespace o2v::orchestrator {
namespace {

class TrialLogTest : public testing::Test {
  protected:
    void append(const std::string& name, const std::string& text) const {
        std::filesystem::create_directories(std::filesystem::path(folder_.file(name)).parent_path());
        std::ofstream(folder_.file(name), std::ios::app) << text;
    }

    TemporaryFolder folder_;
    TrialLog log_{RunFolder(folder_.path()), 7};
    TrialStanding first_{TrialState::running, 1, "slot-0/pid-9"};
    TrialStanding second_{TrialState::running, 2, "slot-1/pid-8"};
};

TEST_F(TrialLogTest, IsTheTrialsPartOfItsWorkersLog) {
    EXPECT_EQ(log_.next({}), "") << "no attempt yet";
    EXPECT_EQ(log_.next(first_), "") << "no log yet";
    append("logs/worker-0.log", "hello\n" + protocol::log_marker(77, 1) + "another's\n");
    EXPECT_EQ(log_.next(first_), "");
    append("logs/worker-0.log", protocol::log_marker(7, 1) + "a warn");
    EXPECT_EQ(log_.next(first_), "a warn");
    append("logs/worker-0.log", "ing\n");
    EXPECT_EQ(log_.next(first_), "ing\n");
    EXPECT_EQ(log_.next(first_), "");
    append("logs/worker-0.log", "last\n" + protocol::log_marker(8, 1) + "another's\n");
    EXPECT_EQ(log_.next(first_), "last\n");
    append("logs/worker-0.log", "another's as well\n");
    EXPECT_EQ(log_.next(first_), "");
}

TEST_F(TrialLogTest, ANewAttemptIsReadFromItsBeginning) {
    append("logs/worker-0.log", protocol::log_marker(7, 1) + "first\n");
    append("logs/worker-1.log", "before\n" + protocol::log_marker(7, 2) + "second\n");
    EXPECT_EQ(log_.next(first_), "first\n");
    EXPECT_EQ(log_.next(second_), "second\n");
    EXPECT_EQ(log_.file(), folder_.file("logs/worker-1.log"));
    EXPECT_EQ(TrialLog(RunFolder(folder_.path()), 7).next(second_), "second\n");
}

TEST_F(TrialLogTest, ItsOwnFileCounts) {
    append("logs/worker-0.log", protocol::log_marker(7, 1) + "of the worker\n");
    append("checkpoints/trial-7/output.log", "epoch 1\n");
    EXPECT_EQ(log_.next(first_), "epoch 1\n");
    append("checkpoints/trial-7/output.log", "epoch 2\n");
    EXPECT_EQ(log_.next(second_), "epoch 2\n") << "an attempt appends to it";
    EXPECT_EQ(log_.next(second_), "");
}

}  // namespace
}  // namespace o2v::orchestrator
