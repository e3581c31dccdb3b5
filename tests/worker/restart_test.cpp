// Which checkpoint a trial goes on from when some of them are damaged, and that it ends in the same result.
#include "worker/restart.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "model/data/durable_file.hpp"
#include "search/study/errors.hpp"
#include "tests/orchestrator/temporary_folder.hpp"
#include "worker/objective.hpp"

namespace o2v::worker {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Keeps what a trial says, and tells it to leave after so many epochs.
class Recorder final : public TrialLink {
  public:
    explicit Recorder(std::int64_t last = 1000, bool save = false) : last_(last), save_(save) {}
    bool epoch_ended(const Measurement& measurement) override {
        epochs.push_back(measurement.epoch);
        return measurement.epoch < last_;
    }
    void checkpoint_saved(std::int64_t epoch, const std::string& path) override {
        saved.push_back(epoch);
        checkpoint = path;
    }
    bool stopping() const override { return false; }
    bool save_wanted() const override { return save_; }
    void on_stop(std::function<void()>) override {}

    std::vector<std::int64_t> epochs, saved;
    std::string checkpoint;

  private:
    std::int64_t last_;
    bool save_;
};

class RestartTest : public testing::Test {
  protected:
    protocol::StartTrial order(double checkpoint_seconds = 0) const {
        protocol::StartTrial trial;
        trial.trial = 3;
        trial.seed = 7;
        trial.problem = "branin";
        trial.hyperparameters = {{"x0", 1.0}, {"x1", 2.0}, {"epochs", std::int64_t{6}}};
        trial.goal = {"validation:loss", Direction::minimize};
        trial.folder = folder_.file("trial-3");
        trial.checkpoint_seconds = checkpoint_seconds;
        trial.epochs_recorded = 6;
        return trial;
    }
    // Epochs 0 to 3 with a checkpoint after each; returns an order that goes on.
    protocol::StartTrial interrupted() {
        protocol::StartTrial trial = order();
        Recorder link(3, true);
        EXPECT_TRUE(std::holds_alternative<Stopped>(objective_->run(trial, link)));
        trial.resume_from = link.checkpoint;
        return trial;
    }
    std::vector<std::int64_t> rest(const protocol::StartTrial& trial) {
        Recorder link, whole;
        const Outcome outcome = objective_->run(trial, link), undisturbed = objective_->run(order(99), whole);
        EXPECT_EQ(std::get<Completed>(outcome), std::get<Completed>(undisturbed));
        return link.epochs;
    }
    void damage(const std::string& path) {
        const std::string content = data::read_whole(path);
        std::ofstream(path) << content.substr(0, content.size() / 2);
    }

    TemporaryFolder folder_;
    std::unique_ptr<Objective> objective_ = make_problem_objective();
};

TEST_F(RestartTest, GoesOnAfterTheLastCheckpoint) {
    EXPECT_THAT(rest(interrupted()), ElementsAre(4, 5));
}

TEST_F(RestartTest, UsesTheOneBeforeADamagedOneAndRemovesThat) {
    const protocol::StartTrial trial = interrupted();
    damage(trial.resume_from);
    testing::internal::CaptureStderr();
    EXPECT_THAT(rest(trial), ElementsAre(3, 4, 5));
    const std::string said = testing::internal::GetCapturedStderr();
    EXPECT_THAT(said, HasSubstr("trial 3: a checkpoint cannot be used: " + trial.resume_from +
                                ": is damaged: its length and checksum do not agree"));
    EXPECT_THAT(said, HasSubstr("goes on from " + data::previous_of(trial.resume_from)));
}

TEST_F(RestartTest, UsesTheOneBeforeOneThatIsAheadOfTheRecord) {
    protocol::StartTrial trial = interrupted();
    trial.epochs_recorded = 3;
    EXPECT_THAT(rest(trial), ElementsAre(3, 4, 5));
    trial.epochs_recorded = 2;
    EXPECT_THAT(rest(trial), ElementsAre(0, 1, 2, 3, 4, 5));
}

TEST_F(RestartTest, NoCheckpointHoldsAnEpochThatHasNotBeenAnswered) {
    Recorder link(2);
    EXPECT_TRUE(std::holds_alternative<Stopped>(objective_->run(order(), link)));
    EXPECT_THAT(link.saved, ElementsAre(0, 1));
}

TEST_F(RestartTest, UsesTheOneBeforeAMissingOne) {
    const protocol::StartTrial trial = interrupted();
    std::filesystem::remove(trial.resume_from);
    EXPECT_THAT(rest(trial), ElementsAre(3, 4, 5));
}

TEST_F(RestartTest, BeginsAnewWhenBothAreDamaged) {
    const protocol::StartTrial trial = interrupted();
    damage(trial.resume_from);
    damage(data::previous_of(trial.resume_from));
    testing::internal::CaptureStderr();
    EXPECT_THAT(rest(trial), ElementsAre(0, 1, 2, 3, 4, 5));
    EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("trial 3 begins anew"));
}

TEST_F(RestartTest, AForkWhoseOwnCheckpointsAreDamagedGoesBackToItsParents) {
    protocol::StartTrial trial = interrupted();
    trial.fork_from = folder_.file("parent");
    std::filesystem::copy(data::previous_of(trial.resume_from), trial.fork_from);
    damage(trial.resume_from);
    damage(data::previous_of(trial.resume_from));
    EXPECT_THAT(rest(trial), ElementsAre(3, 4, 5));
    EXPECT_TRUE(std::filesystem::exists(trial.fork_from));
}

TEST_F(RestartTest, OffersNothingToATrialWithoutCheckpoints) {
    EXPECT_FALSE(restart(order(), [](const std::string&, bool) { FAIL(); }));
}

TEST_F(RestartTest, ACheckpointIsWrittenWhenItIsDueOrWantedAndNotAfterTheLastEpoch) {
    Recorder all, none, wanted(2, true);
    objective_->run(order(0), all);
    EXPECT_THAT(all.saved, ElementsAre(0, 1, 2, 3, 4));
    objective_->run(order(99), none);
    EXPECT_TRUE(none.saved.empty());
    objective_->run(order(99), wanted);
    EXPECT_THAT(wanted.saved, ElementsAre(2));
}

}  // namespace
}  // namespace o2v::worker
