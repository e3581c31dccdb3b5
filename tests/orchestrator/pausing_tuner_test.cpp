// Trials that pause, go on and are forked.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <filesystem>
#include <fstream>
#include <functional>

#include "tests/orchestrator/temporary_folder.hpp"
#include "tests/orchestrator/tuner_fixture.hpp"

namespace o2v::orchestrator {
namespace {

using testing::HasSubstr;

// Trials that leave a checkpoint with every epoch, in a folder that there is, and go on from it.
class PausingTunerTest : public TunerTest {
  protected:
    PausingTunerTest() { folder_ = temporary_.path(); }

    // Epochs up to `epochs` with the values of `value`, from the checkpoint's end on.
    Script trains(std::int64_t epochs, std::function<double(const protocol::StartTrial&)> value = x_of) {
        return [=, this](int slot, const protocol::StartTrial& t) {
            const Trial& trial = study_->trial(t.trial);
            std::int64_t first = 0;
            if (!t.resume_from.empty())
                first = trial.checkpoint->epoch + 1;
            else if (!t.fork_from.empty())
                first = trial.fork->epoch + 1;
            std::filesystem::create_directories(t.folder);
            std::ofstream(t.folder + "/checkpoint") << t.trial;
            std::deque<Happening> script;
            for (std::int64_t e = first; e < epochs; ++e) {
                script.push_back(TrialMessage{
                    slot, protocol::CheckpointSaved{t.trial, t.attempt, e, t.folder + "/checkpoint"}});
                script.push_back(epoch(slot, t, e, value(t)));
            }
            script.push_back(completed(slot, t, value(t)));
            return script;
        };
    }
    // No epoch was trained twice: a fork has those of its parent besides its own.
    void expect_no_epoch_twice() const {
        std::size_t epochs = 0;
        for (const Trial& trial : study_->trials()) epochs += trial.curve.size();
        EXPECT_EQ(study_->reports().size(), epochs);
    }

    TemporaryFolder temporary_;
};

TEST_F(PausingTunerTest, APausedTrialGoesOnFromItsCheckpointAndTheRunEnds) {
    experiment_.study.budget.trials = 20;
    experiment_.study.pruner.type = "asha";
    experiment_.study.fixed["epochs"] = std::int64_t{9};
    for (const int slots : {1, 3}) {
        storage_ = make_memory_storage();
        ScriptedExecutor executor(slots, trains(9));
        const RunResult result = run(executor);
        EXPECT_EQ(result.end, RunEnd::done);
        EXPECT_THAT(result.why, HasSubstr("budget of 20 trials"));
        EXPECT_EQ(study_->trials().size(), 20U);
        EXPECT_GE(study_->count(TrialState::completed), 1U);
        EXPECT_GE(study_->count(TrialState::paused), 10U);
        EXPECT_EQ(study_->count(TrialState::completed) + study_->count(TrialState::paused), 20U);
        expect_no_epoch_twice();
        std::size_t again = 0;
        for (const protocol::StartTrial& order : executor.started) {
            if (order.attempt == 1) continue;
            ++again;
            EXPECT_EQ(order.resume_from,
                      folder_ + "/checkpoints/trial-" + std::to_string(order.trial) + "/checkpoint");
            EXPECT_EQ(order.fork_from, "");
        }
        EXPECT_GE(again, 3U);
        const Study before = *study_;
        ScriptedExecutor more(slots, trains(9));
        EXPECT_EQ(run(more).end, RunEnd::done);
        EXPECT_EQ(study_->trials(), before.trials()) << "another run finds nothing to do";
    }
}

TEST_F(PausingTunerTest, PromotionsComeBeforeNewTrials) {
    experiment_.study.budget.trials = 5;
    experiment_.study.pruner.type = "asha";
    experiment_.study.fixed["epochs"] = std::int64_t{9};
    ScriptedExecutor executor(1, trains(9, [](const protocol::StartTrial& t) { return 1.0 + t.trial; }));
    run(executor);
    std::vector<TrialId> order;
    for (const protocol::StartTrial& started : executor.started) order.push_back(started.trial);
    // 0 is the best of the three on the first rung. The last: nothing else is left, and no trial has a
    // result.
    EXPECT_EQ(order, (std::vector<TrialId>{0, 1, 2, 0, 3, 4, 0}));
    EXPECT_EQ(study_->trial(0).state(), TrialState::completed);
}

TEST_F(PausingTunerTest, AWorkerThatDiesWhileATrialPausesCostsAnAttemptAndNoMore) {
    experiment_.study.budget.trials = 6;
    experiment_.study.pruner.type = "asha";
    experiment_.study.fixed["epochs"] = std::int64_t{3};
    ScriptedExecutor executor(2, trains(3));
    executor.lost_when_stopped = {0, 1};
    EXPECT_EQ(run(executor).end, RunEnd::done);
    EXPECT_EQ(study_->trial(0).counted_failures() + study_->trial(1).counted_failures(), 2);
    EXPECT_EQ(study_->count(TrialState::failed) + study_->count(TrialState::waiting), 0U);
}

TEST_F(PausingTunerTest, TheTargetLeavesPausedTrialsPausedAndTheNextRunMayGoOn) {
    experiment_.study.budget.trials = 30;
    experiment_.study.budget.target = 1.5;
    experiment_.study.pruner.type = "asha";
    experiment_.study.fixed["epochs"] = std::int64_t{3};
    ScriptedExecutor executor(2, trains(3));
    EXPECT_THAT(run(executor).why, HasSubstr("target 1.5"));
    EXPECT_GE(study_->count(TrialState::paused), 2U);
    EXPECT_EQ(study_->count(TrialState::running), 0U);
    EXPECT_LT(study_->trials().size(), 30U);
    experiment_.study.budget.target.reset();
    ScriptedExecutor more(2, trains(3));
    EXPECT_THAT(run(more).why, HasSubstr("budget of 30 trials"));
    EXPECT_EQ(study_->trials().size(), 30U);
    expect_no_epoch_twice();
}

TEST_F(PausingTunerTest, AForkBeginsWithACopyOfItsParentsCheckpoint) {
    experiment_.study.search.strategy = "pbt";
    experiment_.study.search.population = 4;
    experiment_.study.search.interval = 2;
    experiment_.study.budget = {};
    experiment_.study.fixed["epochs"] = std::int64_t{6};
    std::vector<std::string> parents;
    const Script train = trains(6);
    ScriptedExecutor executor(3, [&](int slot, const protocol::StartTrial& t) {
        if (t.resume_from.empty() && !t.fork_from.empty()) {
            std::string parent;
            std::ifstream(t.fork_from) >> parent;
            EXPECT_EQ(parent, std::to_string(study_->trial(t.trial).fork->parent));
            parents.push_back(parent);
        }
        return train(slot, t);
    });
    EXPECT_THAT(run(executor).why, HasSubstr("the population has trained to its end"));
    EXPECT_EQ(parents.size(), 2U);
    EXPECT_EQ(study_->count(TrialState::completed), 4U);
    EXPECT_EQ(study_->count(TrialState::pruned), 2U) << "what was replaced has ended";
    EXPECT_EQ(study_->count(TrialState::paused), 0U);
    expect_no_epoch_twice();
    Study rebuilt(experiment_.study);
    for (const TrialEvent& event : storage_->load()) rebuilt.apply(event);
    EXPECT_EQ(rebuilt.trials(), study_->trials());
}

TEST_F(PausingTunerTest, AForkOfALostCheckpointBeginsAnew) {
    experiment_.study.search.strategy = "pbt";
    experiment_.study.search.population = 4;
    experiment_.study.search.interval = 2;
    experiment_.study.budget = {};
    experiment_.study.fixed["epochs"] = std::int64_t{4};
    const Script train = trains(4);
    ScriptedExecutor executor(2, [&](int slot, const protocol::StartTrial& t) {
        EXPECT_EQ(t.fork_from, "");
        auto script = train(slot, t);
        std::filesystem::remove(t.folder + "/checkpoint");
        return script;
    });
    EXPECT_EQ(run(executor).end, RunEnd::done);
    EXPECT_EQ(study_->trials().size(), 5U);
    EXPECT_EQ(study_->count(TrialState::completed), 4U);
}

}  // namespace
}  // namespace o2v::orchestrator
