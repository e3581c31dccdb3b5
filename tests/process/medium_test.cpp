// A full disk, a read-only folder, a locked or damaged database: a clear message, exit code 1, nothing lost.
#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <functional>

#include "tests/orchestrator/small_disk.hpp"
#include "tests/process/branin.hpp"

namespace o2v {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;

class MediumTest : public BraninTest {
  protected:
    void expect_the_rest_is_done(const std::string& file, const std::string& out) {
        const Finished rest = run(file, out);
        EXPECT_EQ(rest.exit_code, 0) << rest.err << rest.out;
        ASSERT_EQ(run(file, "whole").exit_code, 0);
        EXPECT_EQ(essence(out), essence("whole"));
    }
    void overwrite(const std::string& path, std::streamoff from, std::size_t bytes) {
        std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(from);
        file << std::string(bytes, '\xa5');
    }
};

TEST_F(MediumTest, AFullDiskUnderTheDatabaseEndsTheRunAndTheNextOneGoesOn) {
    const SmallDisk disk(folder_.file("small"), 700);
    O2V_NEEDS_MOUNTED(disk);
    const std::string file = experiment(20);
    const Finished full = run(file, "small/study");
    EXPECT_EQ(full.exit_code, 1) << full.out;
    EXPECT_THAT(full.err, testing::AnyOf(HasSubstr("the disk is full"), HasSubstr("make room")));
    EXPECT_THAT(full.err, HasSubstr("is lost"));
    const std::size_t ended = essence("small/study").size();
    EXPECT_LT(ended, 20U);
    disk.resize(1 << 16);
    expect_the_rest_is_done(file, "small/study");
}

TEST_F(MediumTest, AFullDiskUnderACheckpointIsNoFaultOfTheTrials) {
    const SmallDisk disk(folder_.file("study/checkpoints"), 64);
    O2V_NEEDS_MOUNTED(disk);
    const std::string filler = disk.fill(), file = experiment(4);
    for (int i = 0; i < 4; ++i) {
        const Finished full = run(file, "study");
        EXPECT_EQ(full.exit_code, 1) << full.out;
        EXPECT_THAT(full.err, HasSubstr("trial 0: "));
        EXPECT_THAT(full.err, HasSubstr("No space left on device; make room and run again"));
    }
    fs::remove(filler);
    expect_the_rest_is_done(file, "study");
}

TEST_F(MediumTest, NoRoomForAnythingIsSaidBeforeAnythingStarts) {
    const SmallDisk disk(folder_.file("small"), 64);
    O2V_NEEDS_MOUNTED(disk);
    disk.fill();
    const Finished full = run(experiment(2), "small/study");
    EXPECT_EQ(full.exit_code, 1);
    EXPECT_THAT(full.err, testing::AnyOf(HasSubstr("the disk is full"), HasSubstr("make room")));
}

TEST_F(MediumTest, AReadOnlyFolderIsSaidToBeOneAndKeepsItsStudy) {
    const SmallDisk disk(folder_.file("small"), 4096);
    O2V_NEEDS_MOUNTED(disk);
    const std::string file = experiment(3);
    ASSERT_EQ(run_tune(folder_.path(), {"run", file, "--out", "small/study", "--max-trials", "1"}).exit_code,
              0);
    disk.set_read_only(true);
    for (const char* out : {"small/study", "small/new"}) {
        const Finished refused = run(file, out);
        EXPECT_EQ(refused.exit_code, 1) << refused.out;
        EXPECT_THAT(refused.err, HasSubstr("Read-only file system; it must be writable"));
    }
    const Finished shown = run_tune(folder_.path(), {"status", "small/study"});
    EXPECT_EQ(shown.exit_code, 0) << shown.err;
    EXPECT_THAT(shown.out, HasSubstr("1 completed"));
    disk.set_read_only(false);
    expect_the_rest_is_done(file, "small/study");
}

TEST_F(MediumTest, ALockedDatabaseIsSaidToBeLocked) {
    const std::string file = experiment(3);
    ASSERT_EQ(run_tune(folder_.path(), {"run", file, "--out", "study", "--max-trials", "1"}).exit_code, 0);
    {
        SQLite::Database other(folder_.file("study/study.db"), SQLite::OPEN_READWRITE);
        other.exec("BEGIN IMMEDIATE");
        const Finished locked = run(file, "study");
        EXPECT_EQ(locked.exit_code, 1) << locked.out;
        EXPECT_THAT(locked.err, HasSubstr("another program holds it locked"));
    }
    expect_the_rest_is_done(file, "study");
}

TEST_F(MediumTest, ADamagedDatabaseIsSaidToBeOneAndLeftAsItIs) {
    const std::string file = experiment(6);
    ASSERT_EQ(run(file, "study").exit_code, 0);
    const std::string good = folder_.file("study/study.db"), copy = folder_.file("copy.db");
    fs::copy(good, copy);
    const auto size = fs::file_size(copy);
    const std::vector<std::function<void()>> ways{
        [&] { overwrite(good, 0, size); },        [&] { overwrite(good, 4096, size - 4096); },
        [&] { fs::resize_file(good, size / 2); }, [&] { fs::resize_file(good, 1000); },
        [&] { fs::resize_file(good, 0); },
    };
    for (std::size_t i = 0; i < ways.size(); ++i) {
        fs::copy(copy, good, fs::copy_options::overwrite_existing);
        ways[i]();
        for (const std::vector<std::string>& arguments :
             {std::vector<std::string>{"run", file, "--out", "study"}, {"status", "study"}}) {
            const Finished refused = run_tune(folder_.path(), arguments);
            EXPECT_EQ(refused.exit_code, 1) << i << refused.out;
            EXPECT_THAT(refused.err, HasSubstr("damaged")) << i;
        }
    }
    fs::copy(copy, good, fs::copy_options::overwrite_existing);
    EXPECT_EQ(essence("study").size(), 6U);
}

}  // namespace
}  // namespace o2v
