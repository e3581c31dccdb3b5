#include <gtest/gtest.h>

#include "reports/leaderboard.hpp"
#include "tests/reports/studies.hpp"

namespace o2v::reports {
namespace {

TEST(EventSentence, OfEndings) {
    const Study study = o2v::testing::demo_study();
    const auto sentence = [&](TrialId id) {
        return event_sentence(study, TrialEnded{id, *study.trial(id).ending});
    };
    EXPECT_EQ(sentence(0),
              "trial 0 completed: validation:accuracy 0.7, 2 epochs in 2.5 s; learning_rate=0.1, "
              "network=pooled_embedding");
    EXPECT_EQ(sentence(1),
              "trial 1 completed: validation:accuracy 0.8 (best so far), 3 epochs in 3.8 s; "
              "learning_rate=0.0003333, "
              "network=hcnn, width=3");
    EXPECT_EQ(
        sentence(2),
        "trial 2 pruned: worse than the median, \"0.5\", 1 epoch in 1.2 s; learning_rate=1, network=hcnn, "
        "width=9");
    EXPECT_EQ(
        sentence(3),
        "trial 3 failed: out_of_memory: 12 GiB asked for; learning_rate=1e-06, network=pooled_embedding");
}

TEST(EventSentence, OfAttemptsAndPauses) {
    Study study = o2v::testing::bare_study();
    const auto say = [&](const TrialEvent& event) {
        study.apply(event);
        return event_sentence(study, event);
    };
    EXPECT_EQ(say(TrialCreated{0, {}, 0}), "");
    EXPECT_EQ(say(AttemptStarted{0, 1, "w", "cpu", "box", {}}), "");
    EXPECT_EQ(say(AttemptFailed{0, 1, FailureKind::timed_out, ""}), "trial 0, attempt 1 failed: timed_out");
    study.apply(AttemptStarted{0, 2, "w", "cpu", "box", {}});
    EXPECT_EQ(say(AttemptFailed{0, 2, FailureKind::interrupted, "the run was interrupted"}),
              "trial 0 will start again: the run was interrupted");
    EXPECT_EQ(say(AttemptStarted{0, 3, "w", "cuda:0", "box", {}}),
              "trial 0 starts again on cuda:0 (attempt 3)");
    EXPECT_EQ(say(Reported{0, 3, {}}), "");
    EXPECT_EQ(say(Checkpointed{0, 3, {"c", 0}}), "");
    EXPECT_EQ(say(Paused{0, "others are better"}), "trial 0 paused: others are better");
    EXPECT_EQ(say(AttemptStarted{0, 4, "w", "cpu", "box", {}}),
              "trial 0 goes on after epoch 0 on cpu (attempt 4)");
    EXPECT_EQ(say(AttemptFailed{0, 4, FailureKind::interrupted, "the run was interrupted"}),
              "trial 0 is saved after epoch 0: the run was interrupted");
    EXPECT_EQ(say(TrialEnded{0, Pruned{"loss is nan at epoch 1", true}}),
              "trial 0 diverged: loss is nan at epoch 1, 1 epoch in 0 ms");
}

}  // namespace
}  // namespace o2v::reports
