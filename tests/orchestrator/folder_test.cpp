// The study's folder: locks, tidying up.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "orchestrator/json_fields.hpp"
#include "orchestrator/kept_files.hpp"
#include "orchestrator/run_folder.hpp"
#include "search/study/errors.hpp"
#include "tests/orchestrator/temporary_folder.hpp"

namespace o2v::orchestrator {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class FolderTest : public testing::Test {
  protected:
    FolderTest() : folder_(temporary_.file("study")) { folder_.create(); }

    // A completed trial with this value and a model.
    void complete(double value) {
        const auto id = static_cast<TrialId>(study_.trials().size());
        const std::string model = "checkpoints/trial-" + std::to_string(id) + "/model";
        temporary_.write("study/" + model + "/config.json", "{}");
        temporary_.write("study/checkpoints/trial-" + std::to_string(id) + "/checkpoint.safetensors", "x");
        study_.apply(TrialCreated{id, {{"x", value}}, 1});
        study_.apply(AttemptStarted{id, 1, "w", "cpu", "h", {}});
        study_.apply(TrialEnded{id, Completed{{{"loss", value}}, 0, model}});
        tidy_up(folder_, study_, id);
    }
    bool has_model(TrialId id) const { return fs::exists(folder_.trial(id) + "/model/config.json"); }

    static StudySpec spec() {
        StudySpec s;
        s.name = "s";
        s.goal = {"loss", Direction::minimize};
        return s;
    }

    TemporaryFolder temporary_;
    RunFolder folder_;
    Study study_{spec()};
};

TEST_F(FolderTest, OnlyTheBestModelsAreKeptAndNoCheckpointOfAnEndedTrial) {
    for (const double value : {9.0, 8.0, 7.0, 6.0, 5.0, 4.0, 100.0}) complete(value);
    EXPECT_FALSE(has_model(0)) << "pushed out by trial 5";
    for (const TrialId kept : {1, 2, 3, 4, 5}) EXPECT_TRUE(has_model(kept)) << kept;
    EXPECT_FALSE(has_model(6)) << "never among the best";
    EXPECT_FALSE(fs::exists(folder_.trial(5) + "/checkpoint.safetensors"));
}

TEST_F(FolderTest, AFolderIsRunOnceAtATime) {
    EXPECT_EQ(RunLock::holder(folder_), "");
    {
        const RunLock lock(folder_);
        EXPECT_THAT(RunLock::holder(folder_), HasSubstr(":" + std::to_string(getpid())));
        EXPECT_THROW(RunLock second(folder_), StorageError);
    }
    EXPECT_EQ(RunLock::holder(folder_), "");
    EXPECT_NO_THROW(RunLock again(folder_));
}

TEST_F(FolderTest, AFolderThatCannotBeMadeIsNamed) {
    temporary_.write("file", "x");
    EXPECT_THROW(RunFolder(temporary_.file("file/study")).create(), StorageError);
    EXPECT_THROW(find_run(temporary_.file("nothing")), InputError);
}

TEST(Durations, AreReadInTheUsualUnits) {
    EXPECT_EQ(parse_duration_ms("90"), 90'000);
    EXPECT_EQ(parse_duration_ms("1.5s"), 1'500);
    EXPECT_EQ(parse_duration_ms("15m"), 900'000);
    EXPECT_EQ(parse_duration_ms("8h"), 28'800'000);
    EXPECT_EQ(parse_duration_ms("2d"), 172'800'000);
    for (const char* wrong : {"", "h", "-1h", "0", "5y", "1h30", "nan", "inf", "1e300"})
        EXPECT_FALSE(parse_duration_ms(wrong)) << wrong;
}

}  // namespace
}  // namespace o2v::orchestrator
