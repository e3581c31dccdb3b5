#include "orchestrator/tuner.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <memory>

#include "search/study/errors.hpp"
#include "tests/orchestrator/tuner_fixture.hpp"

namespace o2v::orchestrator {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST_F(TunerTest, AFailingMediumEndsTheRunAndIsNoFaultOfTheTrials) {
    for (int i = 0; i < 4; ++i) {
        ScriptedExecutor full(1, [](int slot, const protocol::StartTrial& t) {
            return std::deque<Happening>{TrialMessage{
                slot, protocol::TrialFailed{t.trial, t.attempt, FailureKind::interrupted, "no space", true}}};
        });
        try {
            run(full);
            ADD_FAILURE() << "the run went on";
        } catch (const StorageError& error) {
            EXPECT_STREQ(error.what(), "trial 0: no space");
        }
    }
    ScriptedExecutor executor(1, well_behaved);
    EXPECT_EQ(run(executor).end, RunEnd::done);
    EXPECT_EQ(study_->count(TrialState::completed), 4U);
    EXPECT_EQ(study_->trial(0).attempts.size(), 5U);
    EXPECT_EQ(study_->trial(0).counted_failures(), 0);
}

TEST_F(TunerTest, RunsTheBudgetAndRecordsEverythingItKnows) {
    ScriptedExecutor executor(2, well_behaved);
    const RunResult result = run(executor);
    EXPECT_EQ(result.end, RunEnd::done);
    EXPECT_THAT(result.why, HasSubstr("budget of 4 trials"));
    EXPECT_EQ(study_->count(TrialState::completed), 4U);
    EXPECT_TRUE(executor.shut);
    Study rebuilt(experiment_.study);
    for (const TrialEvent& event : storage_->load()) rebuilt.apply(event);
    EXPECT_EQ(rebuilt.trials(), study_->trials());
    EXPECT_EQ(study_->trial(0).attempts.front().started.cores, std::vector<int>{0});
}

// A counter that shows a joule more whenever it is read: once a happening.
TEST_F(TunerTest, EnergyIsSharedByTheTrialsThatHoldASlot) {
    std::uint64_t counted = 0;
    counters_ = {{"one", [&] { return counted += 1'000'000; }, 0}};
    ScriptedExecutor executor(1, well_behaved);
    const RunResult result = run(executor);
    for (const Trial& trial : study_->trials()) {
        ASSERT_EQ(trial.curve.size(), 2U);
        // Of the first: what was used since the trial before had ended its last epoch.
        EXPECT_DOUBLE_EQ(trial.curve[0].joules.value_or(-1), 2);
        EXPECT_DOUBLE_EQ(trial.curve[1].joules.value_or(-1), 1);
    }
    EXPECT_DOUBLE_EQ(result.joules, 1 + 4 * 3 + 1) << "and the last trial's end";
    EXPECT_THAT(result.energy_counters, ElementsAre("one"));

    storage_ = make_memory_storage();
    ScriptedExecutor two(2, well_behaved);
    two.one_at_a_time = false;
    run(two);
    EXPECT_DOUBLE_EQ(study_->trial(0).curve[1].joules.value_or(-1), 0.5);
    EXPECT_DOUBLE_EQ(study_->trial(1).curve[1].joules.value_or(-1), 0.5);
}

TEST_F(TunerTest, WhatNoCounterTellsAndAWorkerSaysOfEnergyIsNotRecorded) {
    ScriptedExecutor executor(1, [](int slot, const protocol::StartTrial& t) {
        std::deque<Happening> all = well_behaved(slot, t);
        std::get<protocol::EpochEnded>(std::get<TrialMessage>(all[0]).message).measurement.joules = -1e9;
        return all;
    });
    EXPECT_THAT(run(executor).energy_counters, testing::IsEmpty());
    EXPECT_EQ(study_->trial(0).curve[0].joules, std::nullopt);
}

TEST_F(TunerTest, TheTrialTableIsAFunctionOfTheSeed) {
    ScriptedExecutor first(1, well_behaved), second(1, well_behaved);
    run(first);
    const std::vector<Trial> before = study_->trials();
    storage_ = make_memory_storage();
    run(second);
    EXPECT_EQ(study_->trials(), before);
}

TEST_F(TunerTest, ASecondRunContinuesWithTheTrialsOfAnUninterruptedOne) {
    max_trials_ = 2;
    ScriptedExecutor first(1, well_behaved), rest(1, well_behaved), whole(1, well_behaved);
    EXPECT_THAT(run(first).why, HasSubstr("--max-trials 2"));
    max_trials_.reset();
    run(rest);
    const std::vector<Trial> in_two = study_->trials();
    EXPECT_EQ(rest.started.front().trial, 2);
    storage_ = make_memory_storage();
    run(whole);
    EXPECT_EQ(study_->trials(), in_two);
}

TEST_F(TunerTest, ATrialLeftOpenByAKilledRunIsRepeatedFromItsCheckpointWithoutBlame) {
    storage_->record(std::vector<TrialEvent>{TrialCreated{0, {{"x", 0.25}}, 5},
                                             AttemptStarted{0, 1, "w", "cpu", "h", {}},
                                             Reported{0, 1, {0, {{kMetric, 1.0}}, {}, 0, 0}}});
    ScriptedExecutor executor(1, well_behaved);
    run(executor);
    EXPECT_EQ(executor.started.front().trial, 0);
    EXPECT_EQ(executor.started.front().attempt, 2);
    EXPECT_EQ(executor.started.front().seed, 5U);
    const Trial& trial = study_->trial(0);
    EXPECT_EQ(trial.attempts.front().failure->kind, FailureKind::lost);
    EXPECT_EQ(trial.counted_failures(), 0);
    EXPECT_EQ(trial.curve.size(), 2U);
    EXPECT_EQ(study_->trials().size(), 4U);
}

TEST_F(TunerTest, ACrashIsRepeatedWithTheSameParametersAndSeed) {
    ScriptedExecutor executor(1, [](int slot, const protocol::StartTrial& t) {
        return t.trial == 1 && t.attempt == 1 ? crashing(slot, t) : well_behaved(slot, t);
    });
    run(executor);
    EXPECT_EQ(study_->count(TrialState::completed), 4U);
    EXPECT_EQ(study_->trial(1).attempts.size(), 2U);
    EXPECT_EQ(executor.started[1].seed, executor.started[2].seed);
    EXPECT_EQ(executor.started[1].hyperparameters, executor.started[2].hyperparameters);
}

TEST_F(TunerTest, ATrialThatCrashesThreeTimesFailsAndTheStudyGoesOn) {
    ScriptedExecutor executor(1, [](int slot, const protocol::StartTrial& t) {
        return t.trial == 1 ? crashing(slot, t) : well_behaved(slot, t);
    });
    run(executor);
    EXPECT_THAT(states(), ElementsAre(TrialState::completed, TrialState::failed, TrialState::completed,
                                      TrialState::completed));
    EXPECT_EQ(study_->trial(1).attempts.size(), 3U);
    EXPECT_THAT(std::get<Failure>(*study_->trial(1).ending).message, HasSubstr("signal 9"));
}

TEST_F(TunerTest, BadConfigurationIsNeverRepeatedAndOutOfMemoryOnce) {
    ScriptedExecutor executor(1, [](int slot, const protocol::StartTrial& t) {
        if (t.trial == 0) return failing(slot, t, FailureKind::bad_config);
        if (t.trial == 1) return failing(slot, t, FailureKind::out_of_memory);
        return well_behaved(slot, t);
    });
    run(executor);
    EXPECT_EQ(study_->trial(0).attempts.size(), 1U);
    EXPECT_EQ(study_->trial(1).attempts.size(), 2U);
}

TEST_F(TunerTest, DivergenceIsPrunedAndNeverRepeated) {
    ScriptedExecutor executor(1, [](int slot, const protocol::StartTrial& t) -> std::deque<Happening> {
        if (t.trial != 0) return well_behaved(slot, t);
        return {TrialMessage{slot, protocol::TrialDiverged{t.trial, t.attempt, "the loss is nan"}}};
    });
    run(executor);
    EXPECT_EQ(study_->trial(0).attempts.size(), 1U);
    EXPECT_TRUE(std::get<Pruned>(*study_->trial(0).ending).diverged);
}

TEST_F(TunerTest, AStudyThatOnlyFailsEndsEarlyAndSaysWhy) {
    experiment_.study.budget.trials = 100;
    ScriptedExecutor executor(
        1, [](int slot, const protocol::StartTrial& t) { return failing(slot, t, FailureKind::bad_config); });
    const RunResult result = run(executor);
    EXPECT_EQ(result.end, RunEnd::failed);
    EXPECT_THAT(result.why, HasSubstr("it failed"));
    EXPECT_EQ(study_->trials().size(), static_cast<std::size_t>(kFailuresToGiveUp));
}

TEST_F(TunerTest, ThePrunerEndsATrialAndTheWorkersLateWordChangesNothing) {
    experiment_.study.budget.trials = 8;
    experiment_.study.pruner = {"median", 2, 0};
    ScriptedExecutor executor(1, [](int slot, const protocol::StartTrial& t) {
        std::deque<Happening> script;
        for (int e = 0; e < 4; ++e) script.push_back(epoch(slot, t, e, t.trial == 5 ? 100 : x_of(t)));
        script.push_back(completed(slot, t, x_of(t)));
        return script;
    });
    run(executor);
    ASSERT_EQ(study_->trial(5).state(), TrialState::pruned);
    EXPECT_EQ(study_->trial(5).curve.size(), 1U);
    EXPECT_FALSE(std::get<Pruned>(*study_->trial(5).ending).reason.empty());
    EXPECT_EQ(study_->trial(5).attempts.size(), 1U);
    EXPECT_EQ(study_->trials().size(), 8U);
}

TEST_F(TunerTest, NothingIsPrunedAfterItsLastEpoch) {
    experiment_.study.budget.trials = 8;
    experiment_.study.pruner = {"median", 0, 0};
    experiment_.study.fixed["epochs"] = std::int64_t{1};
    ScriptedExecutor executor(1, [](int slot, const protocol::StartTrial& t) -> std::deque<Happening> {
        return {epoch(slot, t, 0, static_cast<double>(t.trial)),
                completed(slot, t, static_cast<double>(t.trial))};
    });
    run(executor);
    EXPECT_EQ(study_->count(TrialState::completed), 8U);
}

TEST_F(TunerTest, TheTargetEndsTheStudyAndLeavesRunningTrialsToBeContinued) {
    experiment_.study.budget.trials = 100;
    experiment_.study.budget.target = 2.0;  // every value is at most 1
    ScriptedExecutor executor(2, [](int slot, const protocol::StartTrial& t) -> std::deque<Happening> {
        if (t.trial == 0) return {completed(slot, t, 0.5)};
        return {epoch(slot, t, 0, 9), epoch(slot, t, 1, 9), completed(slot, t, 9)};
    });
    const RunResult result = run(executor);
    EXPECT_EQ(result.end, RunEnd::done);
    EXPECT_THAT(result.why, HasSubstr("target 2"));
    EXPECT_THAT(states(), ElementsAre(TrialState::completed, TrialState::waiting));
    EXPECT_THAT(executor.stopped, ElementsAre(std::pair<TrialId, bool>(1, true)));
    EXPECT_EQ(study_->trial(1).counted_failures(), 0);
}

TEST_F(TunerTest, NoImprovementEndsTheStudy) {
    experiment_.study.budget = {};
    experiment_.study.budget.no_improvement = 3;
    ScriptedExecutor executor(1, [](int slot, const protocol::StartTrial& t) -> std::deque<Happening> {
        return {completed(slot, t, t.trial == 2 ? 0.0 : 1.0)};
    });
    EXPECT_THAT(run(executor).why, HasSubstr("no improvement in 3"));
    EXPECT_EQ(study_->trials().size(), 6U);
}

TEST_F(TunerTest, AnExhaustedGridEndsTheStudy) {
    experiment_.study.budget = {};
    experiment_.study.search.strategy = "grid";
    experiment_.study.search.grid_points = 3;
    ScriptedExecutor executor(1, well_behaved);
    EXPECT_THAT(run(executor).why, HasSubstr("every configuration"));
    EXPECT_EQ(study_->count(TrialState::completed), 3U);
}

TEST_F(TunerTest, AnInterruptSavesRunningTrialsAndTheNextRunContinuesThem) {
    ScriptedExecutor executor(2, well_behaved);
    executor.one_at_a_time = true;
    executor.push(InterruptRequested{});
    const RunResult result = run(executor);
    EXPECT_EQ(result.end, RunEnd::interrupted);
    for (const auto& [trial, save] : executor.stopped) EXPECT_TRUE(save) << trial;
    const std::size_t created = study_->trials().size();
    EXPECT_LE(created, 2U);
    ScriptedExecutor again(2, well_behaved);
    EXPECT_EQ(run(again).end, RunEnd::done);
    EXPECT_EQ(study_->count(TrialState::completed), 4U);
    for (const Trial& trial : study_->trials()) EXPECT_EQ(trial.counted_failures(), 0);
}

TEST_F(TunerTest, ACompletedTrialWithoutTheGoalsMetricFailsWithTheNamesThereWere) {
    ScriptedExecutor executor(1, [](int slot, const protocol::StartTrial& t) -> std::deque<Happening> {
        return {TrialMessage{slot, protocol::TrialCompleted{t.trial, t.attempt, {{"train:loss", 1}}, 0, ""}}};
    });
    run(executor);
    EXPECT_THAT(std::get<Failure>(*study_->trial(0).ending).message, HasSubstr("reported were train:loss"));
}

TEST_F(TunerTest, ANaNResultIsARowLikeAnyOther) {
    ScriptedExecutor executor(1, [](int slot, const protocol::StartTrial& t) -> std::deque<Happening> {
        return {completed(slot, t, t.trial == 0 ? std::nan("") : 1.0)};
    });
    run(executor);
    EXPECT_EQ(study_->best()->id, 1);
}

// A storage whose disk is full after so many events.
class FullDisk final : public Storage {
  public:
    explicit FullDisk(std::size_t room) : inner_(make_memory_storage()), room_(room) {}
    bool has_study() const override { return inner_->has_study(); }
    void create(const StudyRecord& study) override { inner_->create(study); }
    StudyRecord study() const override { return inner_->study(); }
    void replace_experiment(const std::string& e) override { inner_->replace_experiment(e); }
    void add(const TrialEvent& event) override { added_.push_back(event); }
    void commit() override {
        if (inner_->load().size() + added_.size() > room_) throw StorageError("the disk is full");
        inner_->record(std::exchange(added_, {}));
    }
    std::vector<TrialEvent> load() const override { return inner_->load(); }
    std::int64_t hold(const TrialEvent&) override { return 0; }
    void release(std::int64_t) override {}
    std::vector<HeldEvent> held() const override { return {}; }
    void record_worker(const WorkerRecord&) override {}
    std::vector<WorkerRecord> workers() const override { return inner_->workers(); }
    void start_run(int, const std::string&) override {}
    void touch_run() override {}
    void record_energy(double) override {}
    std::int64_t milliseconds_of_runs() const override { return 0; }

  private:
    std::unique_ptr<Storage> inner_;
    std::vector<TrialEvent> added_;
    std::size_t room_;
};

class Listener final : public StudyObserver {
  public:
    void happened(const Study&, const TrialEvent& event) override { heard.push_back(event); }
    std::vector<TrialEvent> heard;
};

TEST_F(TunerTest, NothingIsDoneThatIsNotRecorded) {
    for (std::size_t room = 0; room < 12; ++room) {
        storage_ = std::make_unique<FullDisk>(room);
        ScriptedExecutor executor(1, well_behaved);
        Listener listener;
        observer_ = &listener;
        EXPECT_THROW(run(executor), StorageError);
        Study recorded(experiment_.study);
        for (const TrialEvent& event : storage_->load()) recorded.apply(event);
        EXPECT_EQ(listener.heard, storage_->load()) << "shown is what the storage knows, no more";
        std::size_t attempts = 0;
        for (const Trial& t : recorded.trials()) attempts += t.attempts.size();
        EXPECT_EQ(executor.started.size(), attempts);
    }
}

}  // namespace
}  // namespace o2v::orchestrator
