// The study's folder: locks, tidying up, promotion.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "orchestrator/json_fields.hpp"
#include "orchestrator/kept_files.hpp"
#include "orchestrator/registry.hpp"
#include "orchestrator/run_folder.hpp"
#include "search/study/errors.hpp"
#include "tests/orchestrator/small_disk.hpp"
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
    std::string promotion_error(TrialId id) {
        try {
            promote(folder_, study_, id, "m", "classification");
        } catch (const InputError& e) {
            return e.what();
        }
        return "no error";
    }

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

TEST_F(FolderTest, PromotionMakesVersionsAndMovesCurrent) {
    complete(2);
    complete(1);
    const PromotedModel first = promote(folder_, study_, 0, "m", "classification");
    EXPECT_EQ(first.version, 1);
    EXPECT_FALSE(first.already);
    EXPECT_TRUE(promote(folder_, study_, 0, "m", "classification").already);
    const PromotedModel second = promote(folder_, study_, 1, "m", "classification");
    EXPECT_EQ(second.version, 2);
    EXPECT_EQ(fs::canonical(second.current), fs::canonical(second.path));
    EXPECT_TRUE(fs::exists(first.path + "/config.json")) << "the earlier version stays";
    std::ifstream lineage(second.current + "/promotion.json");
    const nlohmann::json json = nlohmann::json::parse(lineage);
    EXPECT_EQ(json.at("trial"), 1);
    EXPECT_EQ(json.at("metrics").at("loss"), 1.0);
}

TEST_F(FolderTest, PromotionOntoAFullDiskLeavesTheVersionThatIsThere) {
    const SmallDisk disk(folder_.models(), 64);
    O2V_NEEDS_MOUNTED(disk);
    complete(2);
    complete(1);
    promote(folder_, study_, 0, "m", "classification");
    const std::string filler = disk.fill();
    EXPECT_THROW(promote(folder_, study_, 1, "m", "classification"), StorageError);
    EXPECT_EQ(fs::canonical(folder_.models() + "/m/current").filename(), "1");
    EXPECT_FALSE(fs::exists(folder_.models() + "/m/2"));
    fs::remove(filler);
    EXPECT_EQ(promote(folder_, study_, 1, "m", "classification").version, 2);
}

TEST_F(FolderTest, PromotionSaysWhyNot) {
    for (const double value : {9.0, 8.0, 7.0, 6.0, 5.0, 4.0}) complete(value);
    study_.apply(TrialCreated{6, {}, 1});
    EXPECT_THAT(promotion_error(0), HasSubstr("only those of the best 5"));
    EXPECT_THAT(promotion_error(6), HasSubstr("has not completed: it is waiting"));
    EXPECT_THAT(promotion_error(7), HasSubstr("the study has 7"));
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
