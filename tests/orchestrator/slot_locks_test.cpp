#include "orchestrator/slot_locks.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>

#include "search/study/errors.hpp"
#include "tests/orchestrator/temporary_folder.hpp"

namespace o2v::orchestrator {
namespace {

using testing::HasSubstr;

class SlotLocksTest : public testing::Test {
  protected:
    TakenSlots take(SlotsRequest slots, const std::string& study = "one", bool share = false) {
        Resources resources;
        resources.slots = std::move(slots);
        return take_slots(resources, synthetic_topology("core:4 pu:1"), study, share, locks_);
    }
    std::string refused(SlotsRequest slots) {
        try {
            take(std::move(slots));
        } catch (const StorageError& e) {
            return e.what();
        }
        return "no error";
    }

    TemporaryFolder folder_;
    std::string locks_ = folder_.file("locks");
    std::string self_ = std::to_string(getpid());
};

TEST_F(SlotLocksTest, WhatOneHasTheNextDoesNotGet) {
    const TakenSlots first = take(3);
    EXPECT_EQ(first.locks.count(), 3U);
    EXPECT_EQ(current_holders(locks_).size(), 3U);
    EXPECT_EQ(current_holders(locks_).at("core-2"), (Holder{self_, "one"}));
    const TakenSlots second = take(AutoSlots{}, "two");
    ASSERT_EQ(second.lease.slots.size(), 1U);
    EXPECT_EQ(second.lease.slots[0].cores, std::vector<int>{3});
    EXPECT_THAT(second.lease.notes.at(0), HasSubstr("process " + self_ + " (study one) holds core 0"));
    EXPECT_THAT(refused(AutoSlots{}), HasSubstr("(study two) holds core 3"));
    EXPECT_THAT(refused(std::vector<SlotRequest>{{"cpu", {1}}}), HasSubstr("(study one)"));
}

TEST_F(SlotLocksTest, ARefusalTakesNothing) {
    const TakenSlots first = take(2);
    EXPECT_THAT(refused(3), HasSubstr("not free"));
    EXPECT_EQ(take(2).locks.count(), 2U);
}

TEST_F(SlotLocksTest, LocksGoWithTheirOwner) {
    { const TakenSlots gone = take(4); }
    EXPECT_TRUE(current_holders(locks_).empty());
    const pid_t child = fork();
    if (child == 0) {
        const TakenSlots held = take(4, "child");
        raise(SIGKILL);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));
    EXPECT_TRUE(std::filesystem::exists(locks_ + "/core-0")) << "the file stays, the lock does not";
    EXPECT_EQ(take(4).locks.count(), 4U);
}

TEST_F(SlotLocksTest, WhoSharesTakesWhatIsHeldAndLocksWhatIsNot) {
    const TakenSlots first = take(2);
    const TakenSlots beside = take(4, "two", true);
    EXPECT_EQ(beside.lease.slots.size(), 4U);
    EXPECT_EQ(beside.locks.count(), 2U);
    EXPECT_TRUE(beside.lease.notes.empty());
    EXPECT_EQ(current_holders(locks_).at("core-0").study, "one");
    EXPECT_EQ(current_holders(locks_).at("core-3").study, "two");
}

TEST_F(SlotLocksTest, TrialsOnOneGpuOfOneRunAreNoOthers) {
    Topology machine = synthetic_topology("core:4 pu:1");
    machine.gpus.push_back({0, "A", "GPU-a", 1, "", -1});
    Resources resources;
    resources.trials_per_gpu = 3;
    const TakenSlots taken = take_slots(resources, machine, "one", false, locks_);
    EXPECT_EQ(taken.lease.slots.size(), 3U);
    EXPECT_EQ(taken.locks.count(), 4U);
    EXPECT_TRUE(current_holders(locks_).contains("gpu-GPU-a"));
    EXPECT_THROW(take_slots(resources, machine, "two", false, locks_), StorageError);
}

TEST_F(SlotLocksTest, TheFolderIsForAllUsers) {
    take(1);
    struct stat status;
    ASSERT_EQ(stat(locks_.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777, 01777U);
    ASSERT_EQ(stat((locks_ + "/core-0").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777, 0666U);
}

TEST_F(SlotLocksTest, AFolderThatCannotBeWrittenIsANote) {
    std::ofstream(folder_.file("locks")) << "no folder";
    const TakenSlots taken = take(2);
    EXPECT_EQ(taken.lease.slots.size(), 2U);
    EXPECT_EQ(taken.locks.count(), 0U);
    ASSERT_EQ(taken.lease.notes.size(), 1U);
    EXPECT_THAT(taken.lease.notes[0], HasSubstr("cannot be told which cores this one has"));
    EXPECT_TRUE(current_holders(locks_).empty());
    locks_ = folder_.file("none/locks");
    EXPECT_THAT(take(1).lease.notes.at(0), HasSubstr("No such file or directory"));
}

TEST_F(SlotLocksTest, ALinkThatSomebodyLaidIsNotWrittenThrough) {
    take(1);
    const std::string victim = folder_.write("victim", "precious");
    std::filesystem::remove(locks_ + "/core-0");
    std::filesystem::create_symlink(victim, locks_ + "/core-0");
    EXPECT_THAT(take(1).lease.notes.at(0), HasSubstr("core-0"));
    std::string text;
    std::ifstream(victim) >> text;
    EXPECT_EQ(text, "precious");
}

TEST(LockFolder, IsWhatTheEnvironmentNames) {
    const char* before = std::getenv("O2V_LOCKS");
    const std::optional<std::string> saved = before ? std::optional<std::string>(before) : std::nullopt;
    setenv("O2V_LOCKS", "/some/where", 1);
    EXPECT_EQ(lock_folder(), "/some/where");
    if (saved)
        setenv("O2V_LOCKS", saved->c_str(), 1);
    else
        unsetenv("O2V_LOCKS");
}

}  // namespace
}  // namespace o2v::orchestrator
