// Which trial a study with several goals promotes, and that its model is kept.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/orchestrator/promoted_study.hpp"

namespace o2v::orchestrator {
namespace {

class PromotionChoiceTest : public PromotedStudyTest {
  protected:
    PromotionChoiceTest() {
        StudySpec s = spec();
        s.more_goals = {{"model_bytes", Direction::minimize}};
        s.constraints = {{"model_bytes", std::nullopt, 1000}};
        stored_.study = Study(s);
        stored_.experiment.study = s;
    }
    TrialId add(double accuracy, double bytes) {
        return complete(
            {{"validation:accuracy", accuracy}, {"test:accuracy", accuracy}, {"model_bytes", bytes}});
    }
    TrialId chosen() { return chosen_for_promotion(stored_.study)->id; }
    bool has_model(TrialId id) {
        return std::filesystem::exists(stored_.folder.trial(id) + "/model/config.json");
    }
};

TEST_F(PromotionChoiceTest, TheNearestToTheIdealPointOfTheFront) {
    EXPECT_EQ(chosen_for_promotion(stored_.study), nullptr);
    add(0.90, 900);
    EXPECT_EQ(chosen(), 0) << "alone it is the ideal point";
    add(0.10, 100);
    EXPECT_EQ(chosen(), 0) << "two ends are equally far: the first in number";
    // Scaled: accuracy 0.86 is 0.05 off, 260 bytes 0.2; the ends are 1 off in one goal each.
    add(0.86, 260);
    EXPECT_EQ(chosen(), 2);
    add(0.50, 500);
    EXPECT_EQ(chosen(), 2) << "dominated";
    add(0.99, 2000);
    EXPECT_EQ(chosen(), 2) << "outside of the constraint";
    add(0.95, std::nan(""));
    EXPECT_EQ(chosen(), 2) << "no number";
}

TEST_F(PromotionChoiceTest, OneGoalsBestIsWhatItWas) {
    stored_.study = Study(spec());
    complete(0.7, 0.1);
    complete(0.8, 0.0);
    EXPECT_EQ(chosen(), 1);
}

TEST_F(PromotionChoiceTest, TheModelsOfTheWholeFrontAreKeptUntilTheyAreDominated) {
    for (int i = 0; i < 9; ++i) add(0.9 - 0.1 * i, 900 - 100 * i);
    for (TrialId id = 0; id < 9; ++id) EXPECT_TRUE(has_model(id)) << id;
    EXPECT_NO_THROW(promotable(stored_, 8));
    add(0.95, 50);  // dominates all
    EXPECT_TRUE(has_model(9));
    for (TrialId id = 0; id < 9; ++id) EXPECT_EQ(has_model(id), id < 4) << id << ": the five best stay";
    EXPECT_THAT(removable(stored_.folder, stored_.study), testing::IsEmpty());
    EXPECT_THROW(promotable(stored_, 8), InputError);
}

TEST_F(PromotionChoiceTest, WorseIsWhatTheCurrentModelDominates) {
    add(0.90, 900);
    add(0.10, 100);
    add(0.89, 901);
    promote_as(0);
    EXPECT_EQ(promote_as(1).compared,
              "test:accuracy 0.1 against 0.9, model_bytes 100 against 900 of version 1 (trial 0) on the same "
              "test set");
    promote_as(0, true);
    EXPECT_THAT(error_of(2), testing::HasSubstr("is worse than m's current model"));
}

}  // namespace
}  // namespace o2v::orchestrator
