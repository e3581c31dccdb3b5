// What is left of a study's files after kills at every moment is found and removed, and nothing else.
#include "orchestrator/kept_files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/orchestrator/temporary_folder.hpp"

namespace o2v::orchestrator {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::IsEmpty;

class KeptFilesTest : public testing::Test {
  protected:
    KeptFilesTest() : folder_(temporary_.file("study")) { folder_.create(); }

    static StudySpec spec() {
        StudySpec s;
        s.goal = {"loss", Direction::minimize};
        return s;
    }
    TrialId create() {
        const TrialId id = std::ssize(study_.trials());
        study_.apply(TrialCreated{id, {{"x", static_cast<double>(id)}}, 1});
        study_.apply(AttemptStarted{id, 1, "w", "cpu", "h", {}});
        return id;
    }
    TrialId end(const Ending& ending) {
        const TrialId id = create();
        study_.apply(TrialEnded{id, ending});
        return id;
    }
    TrialId complete(double value) {
        const std::string model = "checkpoints/trial-" + std::to_string(study_.trials().size()) + "/model";
        return end(Completed{{{"loss", value}}, 0, model});
    }
    void write(TrialId id, const std::vector<std::string>& files) {
        for (const std::string& file : files)
            temporary_.write("study/checkpoints/trial-" + std::to_string(id) + "/" + file, "1234");
    }
    // Relative to the study's folder.
    std::vector<std::string> found() const {
        std::vector<std::string> paths;
        for (const std::string& path : removable(folder_, study_))
            paths.push_back(path.substr(folder_.path().size() + 1));
        return paths;
    }
    void create_log(const std::string& name, std::uintmax_t bytes) {
        temporary_.write("study/logs/" + name, "x");
        fs::resize_file(folder_.logs() + '/' + name, bytes);
    }

    TemporaryFolder temporary_;
    RunFolder folder_;
    Study study_{spec()};
};

TEST_F(KeptFilesTest, FoldersOfEndedTrialsBeyondTheKeptOnesGo) {
    for (const double value : {9.0, 1.0, 2.0, 3.0, 4.0, 5.0}) write(complete(value), {"model/config.json"});
    write(end(Pruned{"slow", false}), {"checkpoint.safetensors"});
    write(end(Failure{FailureKind::crashed, "x"}), {"checkpoint.safetensors"});
    EXPECT_THAT(found(), ElementsAre("checkpoints/trial-0", "checkpoints/trial-6", "checkpoints/trial-7"));
}

TEST_F(KeptFilesTest, OfAKeptTrialOnlyTheModelStays) {
    write(complete(1), {"model/config.json", "checkpoint.safetensors", "checkpoint.safetensors.previous",
                        "parent", "model.tmp/config.json"});
    EXPECT_THAT(found(), ElementsAre("checkpoints/trial-0/checkpoint.safetensors",
                                     "checkpoints/trial-0/checkpoint.safetensors.previous",
                                     "checkpoints/trial-0/model.tmp", "checkpoints/trial-0/parent"));
    collect(folder_, study_);
    EXPECT_TRUE(fs::exists(folder_.trial(0) + "/model/config.json"));
    EXPECT_THAT(found(), IsEmpty());
}

TEST_F(KeptFilesTest, AModelThatLiesInItsAttemptsFolderStaysAndOtherAttemptsGo) {
    end(Completed{{{"loss", 1.0}}, 0, "checkpoints/trial-0/attempt-2/model"});
    write(0, {"attempt-1/checkpoint", "attempt-1/model/config.json", "attempt-2/model/config.json",
              "attempt-2/checkpoint", "attempt-2/checkpoint.previous"});
    EXPECT_EQ(disk_use(folder_).models, 8U);
    EXPECT_THAT(found(),
                ElementsAre("checkpoints/trial-0/attempt-1", "checkpoints/trial-0/attempt-2/checkpoint",
                            "checkpoints/trial-0/attempt-2/checkpoint.previous"));
    tidy_up(folder_, study_, 0);
    EXPECT_TRUE(fs::exists(folder_.trial(0) + "/attempt-2/model/config.json"));
    EXPECT_THAT(found(), IsEmpty());
    EXPECT_EQ(disk_use(folder_).total(), 4U);
}

TEST_F(KeptFilesTest, RunningAndPausedTrialsKeepTheirCheckpoints) {
    write(create(), {"checkpoint", "checkpoint.previous", "parent", "checkpoint.tmp", "model/config.json"});
    const TrialId paused = create();
    study_.apply(Paused{paused, "rung"});
    write(paused, {"checkpoint", "checkpoint.previous"});
    EXPECT_THAT(found(), ElementsAre("checkpoints/trial-0/checkpoint.tmp"));
}

TEST_F(KeptFilesTest, WhatNoTrialOwnsGoesAndWhatIsNotOursStays) {
    write(5, {"parent"});
    temporary_.write("study/checkpoints/notes.txt", "x");
    temporary_.write("study/checkpoints/trial-x/file", "x");
    temporary_.write("study/models/m/1/config.json", "x");
    temporary_.write("study/models/m/2.tmp/config.json", "x");
    EXPECT_THAT(found(), ElementsAre("checkpoints/trial-5", "models/m/2.tmp"));
}

TEST_F(KeptFilesTest, TidyingUpLeavesNothingToCollect) {
    for (const double value : {9.0, 8.0, 7.0, 6.0, 5.0, 4.0, 100.0}) {
        const TrialId id = complete(value);
        write(id, {"model/config.json", "checkpoint", "checkpoint.previous", "parent", "parent.previous"});
        tidy_up(folder_, study_, id);
        EXPECT_THAT(found(), IsEmpty()) << value;
    }
}

TEST_F(KeptFilesTest, ALongLogIsStartedAnewOnceAndAShortOneStays) {
    create_log("worker-0.log", kMostLogBytes + 1);
    create_log("worker-0.log.1", 7);
    create_log("worker-1.log", kMostLogBytes);
    create_log("train.log", kMostLogBytes + 1);
    collect(folder_, study_);
    EXPECT_FALSE(fs::exists(folder_.logs() + "/worker-0.log"));
    EXPECT_EQ(fs::file_size(folder_.logs() + "/worker-0.log.1"), kMostLogBytes + 1);
    EXPECT_TRUE(fs::exists(folder_.logs() + "/worker-1.log"));
    EXPECT_TRUE(fs::exists(folder_.logs() + "/train.log"));
}

TEST_F(KeptFilesTest, DiskUseTellsWhatIsWhat) {
    write(complete(1), {"model/a", "model/b"});
    write(create(), {"checkpoint", "checkpoint.previous", "parent"});
    temporary_.write("study/models/m/1/a", "12345");
    fs::create_directory_symlink("1", folder_.models() + "/m/current");
    create_log("worker-0.log", 1500);
    temporary_.write("study/study.db", "12");
    temporary_.write("study/study.db-wal", "3");
    EXPECT_EQ(disk_use(folder_), (DiskUse{12, 13, 1500, 3}));
    EXPECT_EQ(to_text(disk_use(folder_)),
              "1.49 KiB (checkpoints 12 B, models 13 B, logs 1.46 KiB, database 3 B)");
    EXPECT_EQ(to_text(DiskUse{1'200'000'000, 999'600, 12'345, 0}),
              "1.12 GiB (checkpoints 1.12 GiB, models 976 KiB, logs 12.1 KiB, database 0 B)");
    EXPECT_EQ(disk_use(RunFolder(temporary_.file("none"))), DiskUse{});
}

}  // namespace
}  // namespace o2v::orchestrator
