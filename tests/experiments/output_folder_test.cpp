#include "experiments/prepare/output_folder.hpp"

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>

#include "search/study/errors.hpp"
#include "tests/experiments/folder_fixture.hpp"

namespace o2v::prepare {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

class OutputFolderTest : public FolderTest {
  protected:
    void make(const std::string& text) {
        OutputFolder out(path("out"), {{"text", text}});
        out.open("a.jsonl").row(text);
        out.publish();
    }
    std::vector<std::string> names() const {
        std::vector<std::string> result;
        for (const auto& entry : fs::directory_iterator(folder_))
            result.push_back(entry.path().filename().string());
        return result;
    }
};

TEST_F(OutputFolderTest, NothingIsSeenBeforePublish) {
    OutputFolder out(path("deep/out"), {{"seed", "1"}});
    out.open("a.jsonl").row("one");
    EXPECT_FALSE(fs::exists(path("deep/out")));
    const PreparedFolder folder = out.publish();
    EXPECT_EQ(read("deep/out/a.jsonl"), "one\n");
    EXPECT_THAT(folder.files, ElementsAre(PreparedFile{"a.jsonl", 1, 4}));
    EXPECT_EQ(find_up_to_date(path("deep/out"), {{"seed", "1"}})->files, folder.files);
    EXPECT_FALSE(find_up_to_date(path("deep/out"), {{"seed", "2"}}));
}

TEST_F(OutputFolderTest, ARunThatFailsLeavesTheFolderAsItWas) {
    make("old");
    try {
        OutputFolder out(path("out"), {});
        out.open("a.jsonl").row("new");
        throw std::runtime_error("interrupted");
    } catch (const std::runtime_error&) {
    }
    EXPECT_EQ(read("out/a.jsonl"), "old\n");
    EXPECT_THAT(names(), ElementsAre("out"));
}

TEST_F(OutputFolderTest, ANewRunTakesTheWholePlaceOfTheOld) {
    {
        OutputFolder out(path("out"), {});
        out.open("gone.jsonl").row("x");
        out.publish();
    }
    make("new");
    EXPECT_FALSE(fs::exists(path("out/gone.jsonl")));
    EXPECT_THAT(names(), ElementsAre("out"));
}

TEST_F(OutputFolderTest, AFileThatChangedItsSizeIsNotUpToDate) {
    make("text");
    EXPECT_TRUE(find_up_to_date(path("out"), {{"text", "text"}}));
    fs::resize_file(path("out/a.jsonl"), 2);
    EXPECT_FALSE(find_up_to_date(path("out"), {{"text", "text"}}));
}

TEST_F(OutputFolderTest, OtherPeoplesFilesAreNotLost) {
    write("out/mine.txt", "work of years");
    EXPECT_THROW(make("text"), InputError);
    fs::remove_all(path("out"));
    make("text");
    write("out/mine.txt", "work of years");
    EXPECT_THROW(make("other"), InputError);
    EXPECT_EQ(read("out/mine.txt"), "work of years");
    EXPECT_EQ(read("out/a.jsonl"), "text\n");
}

TEST_F(OutputFolderTest, ADamagedStampIsNotOurs) {
    write("out/prepared.json", "{\"recipe\": 3}");
    EXPECT_FALSE(find_up_to_date(path("out"), {}));
    EXPECT_THROW(make("text"), InputError);
}

TEST_F(OutputFolderTest, WhatAKilledRunLeftIsRemovedByTheNext) {
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        OutputFolder out(path("out"), {});
        out.open("a.jsonl").row("half");
        kill(getpid(), SIGKILL);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));
    EXPECT_THAT(names(), ElementsAre("out.partial-" + std::to_string(child)));
    make("whole");
    EXPECT_THAT(names(), ElementsAre("out"));
    EXPECT_EQ(read("out/a.jsonl"), "whole\n");
}

TEST_F(OutputFolderTest, AFileInTheWayIsNamed) {
    write("out", "a file");
    EXPECT_THROW(make("text"), InputError);
    EXPECT_EQ(read("out"), "a file");
}

// /dev/full takes no byte: what a full disk does.
TEST_F(OutputFolderTest, AFullDiskIsAnErrorAndLeavesTheFolderAsItWas) {
    make("old");
    {
        OutputFolder out(path("out"), {});
        const std::string partial = path("out.partial-" + std::to_string(getpid()));
        fs::create_symlink("/dev/full", partial + "/a.jsonl");
        out.open("a.jsonl").row("new");
        try {
            out.publish();
            ADD_FAILURE() << "was published";
        } catch (const StorageError& error) {
            EXPECT_THAT(error.what(), HasSubstr("a.jsonl"));
        }
    }
    EXPECT_EQ(read("out/a.jsonl"), "old\n");
}

}  // namespace
}  // namespace o2v::prepare
