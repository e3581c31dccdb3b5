// A reproducible study is told the same whatever the slots do.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

#include "tests/orchestrator/temporary_folder.hpp"
#include "tests/orchestrator/tuner_fixture.hpp"

namespace o2v::orchestrator {
namespace {

// What the study was told that matters, as text: all but attempts, checkpoints and times.
std::vector<std::string> story(const std::vector<TrialEvent>& events) {
    std::vector<std::string> lines;
    for (const TrialEvent& event : events) {
        std::string line = std::to_string(event.index()) + " trial " + std::to_string(trial_of(event));
        if (const auto* created = std::get_if<TrialCreated>(&event))
            line += ' ' + to_text(created->params);
        else if (const auto* report = std::get_if<Reported>(&event))
            line += ' ' + std::to_string(report->measurement.epoch) + ' ' +
                    std::to_string(report->measurement.metrics.at(kMetric));
        else if (std::holds_alternative<AttemptStarted>(event) ||
                 std::holds_alternative<AttemptFailed>(event) || std::holds_alternative<Checkpointed>(event))
            continue;
        lines.push_back(line);
    }
    return lines;
}

class ReproducibleTunerTest : public TunerTest {
  protected:
    ReproducibleTunerTest() {
        folder_ = temporary_.path();
        experiment_.reproducible = true;
        experiment_.window = 3;
        experiment_.study.budget.trials = 25;
        experiment_.study.fixed["epochs"] = std::int64_t{9};
    }

    // Nine epochs from the last checkpoint on, one after every second epoch. Every `crash_every`-th attempt
    // is lost after an epoch.
    Script trains(int crash_every = 0) {
        return [=, this](int slot, const protocol::StartTrial& t) {
            std::int64_t first = 0;
            const Trial& trial = study_->trial(t.trial);
            if (trial.checkpoint && trial.checkpoint->epoch < t.epochs_recorded)
                first = trial.checkpoint->epoch + 1;
            std::deque<Happening> script;
            const bool crashes = crash_every > 0 && ++attempts_ % crash_every == 0;
            for (std::int64_t e = first; e < 9; ++e) {
                const double value = x_of(t) + 1.0 / static_cast<double>(e + 1 + t.trial % 3);
                script.push_back(epoch(slot, t, e, value));
                if (crashes && e > first) {
                    script.push_back(TrialLost{slot, t.trial, t.attempt, FailureKind::lost, "killed"});
                    return script;
                }
                if (e % 2 == 1)
                    script.push_back(
                        TrialMessage{slot, protocol::CheckpointSaved{t.trial, t.attempt, e, folder_ + "/c"}});
            }
            script.push_back(completed(slot, t, x_of(t)));
            return script;
        };
    }
    std::vector<std::string> told(int slots, bool one_at_a_time, int crash_every = 0) {
        storage_ = make_memory_storage();
        attempts_ = 0;
        ScriptedExecutor executor(slots, trains(crash_every));
        executor.one_at_a_time = one_at_a_time;
        EXPECT_EQ(run(executor).end, RunEnd::done);
        EXPECT_TRUE(storage_->held().empty()) << "everything has been told";
        return story(storage_->load());
    }

    TemporaryFolder temporary_;
    int attempts_ = 0;
};

TEST_F(ReproducibleTunerTest, TheStoryIsTheSameOnAnyNumberOfSlotsAndWithAnyLosses) {
    for (const char* pruner : {"none", "median", "asha", "hyperband", "patience"}) {
        SCOPED_TRACE(pruner);
        experiment_.study.pruner.type = pruner;
        const std::vector<std::string> once = told(3, true);
        EXPECT_GT(once.size(), 25U * 3);
        EXPECT_EQ(told(3, false), once);
        EXPECT_EQ(told(1, true), once) << "fewer slots than the window";
        EXPECT_EQ(told(5, true), once) << "more slots than the window";
        EXPECT_EQ(told(2, false, 4), once);
        EXPECT_EQ(told(3, true, 3), once);
    }
}

TEST_F(ReproducibleTunerTest, TheWindowIsPartOfTheStory) {
    experiment_.study.search.strategy = "tpe";
    const std::vector<std::string> narrow = told(3, true);
    experiment_.window = 8;
    EXPECT_NE(told(3, true), narrow);
}

TEST_F(ReproducibleTunerTest, AnInterruptChangesNothing) {
    experiment_.study.pruner.type = "asha";
    const std::vector<std::string> once = told(2, true);
    for (const int at : {1, 7, 20, 45}) {
        storage_ = make_memory_storage();
        int started = 0;
        ScriptedExecutor* running = nullptr;
        ScriptedExecutor first(2, [&](int slot, const protocol::StartTrial& t) {
            if (++started == at) running->push(InterruptRequested{true});
            return trains()(slot, t);
        });
        running = &first;
        run(first);
        ScriptedExecutor second(2, trains());
        EXPECT_EQ(run(second).end, RunEnd::done);
        EXPECT_EQ(story(storage_->load()), once) << "interrupted at attempt " << at;
    }
}

TEST_F(ReproducibleTunerTest, TheTimeThatSlotsWaitIsCounted) {
    experiment_.study.pruner.type = "median";
    ScriptedExecutor executor(3, trains());
    const SlotTimes times = run(executor).slot_times;
    EXPECT_GT(times.seconds(SlotState::blocked), 0);
    EXPECT_THAT(times.to_string(), testing::HasSubstr("waiting for other trials"));
}

}  // namespace
}  // namespace o2v::orchestrator
