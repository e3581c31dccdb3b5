// The table of slots and the line of progress, at any size.
#include "orchestrator/live_view.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "orchestrator/sentences.hpp"
#include "orchestrator/terminal_block.hpp"

namespace o2v::orchestrator {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

StudySpec a_spec() {
    StudySpec spec;
    spec.name = "demo";
    spec.goal = {"validation:accuracy", Direction::maximize};
    spec.space = SearchSpace({{"lr", FloatDomain{0.001, 0.1}, {}}});
    spec.fixed["epochs"] = std::int64_t{10};
    spec.budget.trials = 40;
    return spec;
}

// So many slots at their first trials, each with two epochs.
Study a_study(int slots) {
    Study study(a_spec());
    for (int slot = 0; slot < slots; ++slot) {
        study.apply(TrialCreated{slot, {{"lr", 0.01 + 0.001 * slot}}, 1, "", {}});
        study.apply(AttemptStarted{slot, 1, "slot-" + std::to_string(slot) + "/pid-9", "cpu", "h", {slot}});
        for (const double value : {0.75, 0.5})
            study.apply(Reported{slot,
                                 1,
                                 {std::ssize(study.trial(slot).curve),
                                  {{"validation:accuracy", value}},
                                  milliseconds(900),
                                  12345.6,
                                  300 << 20}});
    }
    return study;
}

std::vector<SlotStatus> slots_of(int slots) {
    std::vector<SlotStatus> all;
    for (int slot = 0; slot < slots; ++slot)
        all.push_back({std::to_string(slot) + ": cpu, core " + std::to_string(slot), SlotState::busy, slot,
                       std::chrono::seconds(75), 300 << 20});
    return all;
}

TEST(SlotTable, HasALineASlot) {
    std::vector<SlotStatus> slots = slots_of(1);
    slots.push_back({"1: cpu, core 1", SlotState::idle, {}, {}, 100 << 20});
    slots.push_back({"2: cuda:0", SlotState::starting, {}, {}, 0});
    EXPECT_THAT(
        slot_table(a_study(1), slots, {120, 24}),
        ElementsAre(
            "slot               trial  epochs  validation:accuracy  best  pairs/s   memory    in epoch",
            "0: cpu, core 0        #0    2/10                  0.5  0.75    12346  300 MiB  1 min 15 s",
            "1: cpu, core 1      idle                                              100 MiB",
            "2: cuda:0       starting"));
    EXPECT_THAT(slot_table(a_study(1), {}, {120, 24}), testing::IsEmpty());
}

TEST(SlotTable, LeavesOutWhatDoesNotFit) {
    const Study study = a_study(2);
    EXPECT_THAT(slot_table(study, slots_of(2), {60, 24})[1], Not(HasSubstr("12346")));
    EXPECT_THAT(slot_table(study, slots_of(2), {60, 24})[1], HasSubstr("1 min 15 s"));
    EXPECT_THAT(slot_table(study, slots_of(2), {25, 24})[1],
                testing::AllOf(HasSubstr("#0"), HasSubstr("2/10")));
    for (int columns = 1; columns < 130; ++columns)
        for (const std::string& line : slot_table(study, slots_of(2), {columns, 24}))
            EXPECT_LE(std::ssize(line) - 2 * std::count(line.begin(), line.end(), '\xe2'), columns) << line;
}

TEST(SlotTable, CountsTheSlotsThatDoNotFit) {
    const std::vector<std::string> lines = slot_table(a_study(20), slots_of(20), {100, 9});
    ASSERT_EQ(lines.size(), 9U);
    EXPECT_THAT(lines[7], testing::StartsWith("6: cpu"));
    EXPECT_EQ(lines[8], "and 13 more");
    EXPECT_EQ(slot_table(a_study(20), slots_of(20), {100, 21}).size(), 21U) << "all of them fit";
    EXPECT_THAT(slot_table(a_study(20), slots_of(20), {100, 2}), testing::IsEmpty());
}

TEST(SlotTable, IsReadOffTheEventsWhereNobodyTells) {
    const Study study = a_study(2);
    LiveView view(study);
    view.happened(study, AttemptStarted{0, 1, "slot-0/pid-9", "cpu", "h", {0}}, milliseconds(1000));
    view.happened(study, AttemptStarted{1, 1, "slot-1/pid-8", "cuda:0", "h", {2, 3}}, milliseconds(2000));
    view.happened(study, Reported{1, 1, study.trial(1).curve[0]}, milliseconds(4000));
    view.happened(study, Paused{0, "rung"}, milliseconds(5000));
    const auto lines = view.lines(study, {}, milliseconds(9000), {120, 24});
    ASSERT_EQ(lines.size(), 4U);
    EXPECT_THAT(lines[1], testing::MatchesRegex("0: cpu, core 0 +idle"));
    EXPECT_THAT(lines[2], testing::MatchesRegex("1: cuda:0, cores 2,3 +#1 .* 5 s"));
    EXPECT_EQ(view.lines(study, {}, milliseconds(9000), {120, 1}).size(), 1U) << "the progress alone";
}

Study half_done() {
    StudySpec spec = a_spec();
    spec.budget.trials = 4;
    spec.budget.time = std::chrono::hours(1);
    Study study(spec);
    for (TrialId id = 0; id < 2; ++id) {
        study.apply(TrialCreated{id, {{"lr", 0.01}}, 1, "", {}});
        study.apply(AttemptStarted{id, 1, "slot-0/pid-9", "cpu", "h", {0}});
    }
    study.apply(TrialEnded{0, Completed{{{"validation:accuracy", 0.8123}}, 0, ""}});
    return study;
}

const RunStatus kMinute{std::chrono::seconds(60), std::chrono::seconds(60), 1, 1};

TEST(ProgressLine, ShowsProgressBestPaceAndTimeLeft) {
    EXPECT_EQ(progress_line(half_done(), kMinute, TimeLeft{180, false}, 200),
              "[####------------]  1/4 trials  best 0.8123 (#0)  60 trials/h  about 3 min 00 s left");
    EXPECT_THAT(progress_line(half_done(), kMinute, TimeLeft{20, true}, 200),
                testing::EndsWith("h  20 s left"));
    EXPECT_THAT(progress_line(half_done(), kMinute, std::nullopt, 200), Not(HasSubstr("left")));
}

TEST(ProgressLine, ShowsWhatIsPausedAndWhatFailed) {
    Study study = half_done();
    study.apply(Paused{1, "rung"});
    study.apply(TrialCreated{2, {{"lr", 0.01}}, 1, "", {}});
    study.apply(TrialEnded{2, Failure{FailureKind::crashed, "x"}});
    EXPECT_THAT(progress_line(study, kMinute, {}, 200),
                testing::StartsWith("[############----]  2/4 trials  1 paused  1 failed"));
    RunStatus paused = kMinute;
    paused.paused = true;
    EXPECT_THAT(progress_line(study, paused, TimeLeft{20, false}, 200),
                testing::AllOf(testing::StartsWith("PAUSED  "), Not(HasSubstr("left"))));
}

TEST(ProgressLine, TheLeastImportantGoesFirst) {
    const auto line = [](int columns) {
        return progress_line(half_done(), kMinute, TimeLeft{180, false}, columns);
    };
    EXPECT_EQ(line(75), "[####------------]  1/4 trials  best 0.8123 (#0)  about 3 min 00 s left");
    EXPECT_EQ(line(60), "1/4 trials  best 0.8123 (#0)  about 3 min 00 s left");
    EXPECT_EQ(line(40), "1/4 trials  best 0.8123 (#0)");
    EXPECT_EQ(line(15), "1/4 trials");
    EXPECT_EQ(line(6), "1/4 t…");
    EXPECT_EQ(line(0), "");
}

TEST(ProgressLine, HasNothingToSayAtTheStart) {
    StudySpec spec = a_spec();
    spec.budget = {};
    EXPECT_EQ(progress_line(Study(spec), {}, {}, 80), "0 trials");
}

TEST(Fit, CutsAndCleans) {
    EXPECT_EQ(fit("abc", 3), "abc");
    EXPECT_EQ(fit("abcd", 3), "ab…");
    EXPECT_EQ(fit("äöüß", 4), "äöüß");
    EXPECT_EQ(fit("äöüß", 3), "äö…");
    EXPECT_EQ(fit("a\033[1m\nb", 20), "a [1m b");
}

// ---- the block at the bottom

TEST(TerminalBlock, IsDrawnInPlaceBelowWhatScrolls) {
    TerminalBlock block;
    EXPECT_EQ(block.clear({}), "");
    EXPECT_EQ(block.redraw({"said"}, {"one", "two", "three"}, {}),
              "\r\033[Jsaid\n\033[?7lone\ntwo\nthree\033[?7h");
    EXPECT_EQ(block.redraw({}, {"one"}, {}), "\r\033[2A\033[J\033[?7lone\033[?7h");
    EXPECT_EQ(block.clear({}), "\r\033[J");
    EXPECT_EQ(block.clear({}), "");
}

TEST(TerminalBlock, KnowsThatANarrowerTerminalHasWrappedIt) {
    TerminalBlock block;
    block.redraw({}, {std::string(70, 'x'), std::string(30, 'y')}, {80, 24});
    EXPECT_THAT(block.redraw({}, {"z"}, {40, 24}), testing::StartsWith("\r\033[2A\033[J"));
    block.redraw({}, {std::string(70, 'x'), std::string(70, 'y')}, {80, 24});
    EXPECT_THAT(block.redraw({}, {"z"}, {10, 5}), testing::StartsWith("\r\033[4A"))
        << "no more than there are";
}

// ---- what is said when too much happens

class SentencesTest : public testing::Test {
  protected:
    void end(const Ending& ending) {
        const TrialId id = std::ssize(study_.trials());
        record(TrialCreated{id, {{"lr", 0.01}}, 1, "", {}});
        record(AttemptStarted{id, 1, "w", "cpu", "h", {0}});
        record(TrialEnded{id, ending});
    }
    void record(const TrialEvent& event) {
        study_.apply(event);
        sentences_.happened(study_, event);
    }
    static Completed value(double value) { return {{{"validation:accuracy", value}}, 0, ""}; }

    Study study_{a_spec()};
    Sentences sentences_;
};

TEST_F(SentencesTest, AllIsSaidThatCanBeRead) {
    for (int i = 0; i < 5; ++i) end(value(0.5));
    EXPECT_EQ(sentences_.take(milliseconds(0)).size(), 5U);
    EXPECT_EQ(sentences_.take(milliseconds(5000)).size(), 0U);
}

TEST_F(SentencesTest, TheRestIsCountedAndABestIsNever) {
    for (int i = 0; i < 1854; ++i) end(value(0.5 - 1e-6 * i));
    end(value(0.9));
    std::vector<std::string> told = sentences_.take(milliseconds(100));
    ASSERT_EQ(told.size(), 21U);
    EXPECT_THAT(told.back(),
                testing::StartsWith("trial 1854 completed: validation:accuracy 0.9 (best so far)"));
    told = sentences_.take(milliseconds(1000));
    EXPECT_THAT(told, ElementsAre("... 1,834 more trials ended"));
    end(value(0.1));
    EXPECT_EQ(sentences_.take(milliseconds(1100)).size(), 1U) << "a second is over";
}

TEST_F(SentencesTest, FailuresAreNotDrownedByOthers) {
    for (int i = 0; i < 100; ++i) end(Pruned{"worse", false});
    for (int i = 0; i < 32; ++i) end(Failure{FailureKind::bad_config, "no such layer"});
    const std::vector<std::string> told = sentences_.take(milliseconds(1), true);
    EXPECT_EQ(
        std::count_if(told.begin(), told.end(),
                      [](const std::string& s) { return s.find("no such layer") != std::string::npos; }),
        20);
    EXPECT_EQ(told.back(), "... 92 more trials ended (12 failed)");
}

TEST_F(SentencesTest, WhatIsNoEndIsCountedAsSuch) {
    for (int i = 0; i < 25; ++i) {
        record(TrialCreated{i, {{"lr", 0.01}}, 1, "", {}});
        record(AttemptStarted{i, 1, "w", "cpu", "h", {0}});
        record(Paused{i, "rung"});
    }
    EXPECT_EQ(sentences_.take(milliseconds(1), true).back(),
              "... 5 more pauses, restarts and failed attempts");
}

}  // namespace
}  // namespace o2v::orchestrator
