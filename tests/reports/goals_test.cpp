// Studies with several goals, with constraints, with paused trials.
#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "reports/leaderboard.hpp"

namespace o2v::reports {
namespace {

class Goals : public testing::Test {
  protected:
    TrialId begin(double x, const Metrics& metrics) {
        const auto id = static_cast<TrialId>(study_.trials().size());
        study_.apply(TrialCreated{id, {{"x", x}}, 7});
        study_.apply(AttemptStarted{id, 1, "", "", "", {}});
        Measurement measurement;
        measurement.metrics = metrics;
        measurement.elapsed = std::chrono::seconds(2);
        study_.apply(Reported{id, 1, measurement});
        return id;
    }
    void complete(double x, const Metrics& metrics) {
        study_.apply(TrialEnded{begin(x, metrics), Completed{metrics, 0, ""}});
    }
    static StudySpec spec() {
        StudySpec spec;
        spec.name = "two";
        spec.goal = {"loss", Direction::minimize};
        spec.space = SearchSpace({{"x", FloatDomain{0, 1}, {}}});
        spec.more_goals = {{"speed", Direction::maximize}};
        spec.constraints = {{"megabytes", std::nullopt, 100}};
        return spec;
    }

    Study study_{spec()};
};

// The front is 0 and 2; 1 is dominated, 3 too large, 4 paused, 5 pruned. The worst are loss 0.5 and speed 10:
// the front dominates (0.5 - 0.4) * (30 - 10) + (0.5 - 0.2) * (20 - 10) - 0.1 * 10 = 4.
class TwoGoals : public Goals {
  protected:
    TwoGoals() {
        complete(0.5, {{"loss", 0.4}, {"speed", 30}, {"megabytes", 50}});
        complete(0.25, {{"loss", 0.5}, {"speed", 10}, {"megabytes", 50}});
        complete(0.125, {{"loss", 0.2}, {"speed", 20}, {"megabytes", 100}});
        complete(0.75, {{"loss", 0.1}, {"speed", 99}, {"megabytes", 101}});
        study_.apply(Paused{begin(0, {{"loss", 0.3}, {"speed", 5}}), "waits for its rung"});
        study_.apply(TrialEnded{begin(1, {{"loss", 0.6}}), Pruned{"worse", false}});
    }
};

TEST_F(TwoGoals, TextShowsTheFrontFirst) {
    EXPECT_EQ('\n' + leaderboard(study_, {}), R"(
rank  trial  state       front    loss   speed  megabytes  epochs  seconds      x
   1      2  completed   *      0.2000  20.000     100.00       1      2.0  0.125
   2      0  completed   *      0.4000  30.000      50.00       1      2.0    0.5
   3      1  completed          0.5000  10.000      50.00       1      2.0   0.25
   4      3  infeasible         0.1000  99.000     101.00       1      2.0   0.75
   5      4  paused             0.3000   5.000          -       1      2.0      0
   6      5  pruned             0.6000       -          -       1      2.0      1

on the Pareto front (*): 2 trials, of hypervolume 4 to the worst of all, loss 0.5 and speed 10
)");
}

TEST_F(TwoGoals, OnlyParametersAreLeftOutForWantOfWidth) {
    const std::string text = leaderboard(study_, {Format::text, false, 40});
    EXPECT_NE(text.find("rank  trial  state       front    loss   speed  megabytes  epochs  seconds\n"),
              std::string::npos)
        << text;
    EXPECT_NE(text.find("not shown for want of width: x\n"), std::string::npos) << text;
}

TEST_F(TwoGoals, CsvHasAColumnForEach) {
    EXPECT_EQ('\n' + leaderboard(study_, {Format::csv, true, {}}), R"(
rank,trial,state,value,speed,megabytes,front,feasible,epochs,seconds,x,seed,reason
1,2,completed,0.2,20,100,true,true,1,2,0.125,7,
2,0,completed,0.4,30,50,true,true,1,2,0.5,7,
3,1,completed,0.5,10,50,false,true,1,2,0.25,7,
4,3,completed,0.1,99,101,false,false,1,2,0.75,7,
5,4,paused,0.3,5,,false,,1,2,0,7,
6,5,pruned,0.6,,,false,,1,2,1,7,worse
)");
}

TEST_F(TwoGoals, JsonHasAllValues) {
    const auto rows = nlohmann::json::parse(leaderboard(study_, {Format::json, true, {}}));
    ASSERT_EQ(rows.size(), 6U);
    EXPECT_EQ(rows[0]["values"], (nlohmann::json{{"loss", 0.2}, {"speed", 20}}));
    EXPECT_EQ(rows[0]["front"], true);
    EXPECT_EQ(rows[0]["feasible"], true);
    EXPECT_EQ(rows[0]["violation"], 0);
    EXPECT_EQ(rows[3]["front"], false);
    EXPECT_EQ(rows[3]["feasible"], false);
    EXPECT_EQ(rows[3]["violation"], 1);
    EXPECT_EQ(rows[4]["state"], "paused");
    EXPECT_EQ(rows[4]["value"], 0.3);
    EXPECT_EQ(rows[4]["feasible"], nullptr);
    EXPECT_EQ(rows[5]["values"], (nlohmann::json{{"loss", 0.6}, {"speed", nullptr}}));
    EXPECT_EQ(nlohmann::json::parse(trial_json(study_, 3))["feasible"], false);
}

TEST_F(TwoGoals, MarkdownTellsTheHypervolumeToo) {
    const std::string text = leaderboard(study_, {Format::markdown, false, {}});
    EXPECT_NE(text.find("| 1 | 2 | completed | * | 0.2000 | 20.000 |"), std::string::npos) << text;
    EXPECT_NE(text.find("of hypervolume 4 to the worst"), std::string::npos) << text;
}

TEST_F(TwoGoals, SentencesAndPagesNameAllGoals) {
    EXPECT_EQ(event_sentence(study_, TrialEnded{2, *study_.trial(2).ending}),
              "trial 2 completed: loss 0.2, speed 20 (on the Pareto front), 1 epoch in 2 s; x=0.125");
    EXPECT_EQ(event_sentence(study_, TrialEnded{1, *study_.trial(1).ending}),
              "trial 1 completed: loss 0.5, speed 10, 1 epoch in 2 s; x=0.25");
    EXPECT_EQ(event_sentence(study_, TrialEnded{3, *study_.trial(3).ending}),
              "trial 3 completed: loss 0.1, speed 99 (outside of the constraints), 1 epoch in 2 s; x=0.75");
    EXPECT_EQ(trial_page(study_, 3).substr(0, 73),
              "trial 3 of two: completed, loss 0.1, speed 99 (outside of the constraints");
}

TEST_F(Goals, AllOfTheFrontIsShown) {
    for (int i = 0; i < 12; ++i) complete(0.5, {{"loss", i}, {"speed", i}, {"megabytes", 1}});
    complete(0.5, {{"loss", 20}, {"speed", 0}, {"megabytes", 1}});
    const std::string text = leaderboard(study_, {});
    EXPECT_NE(text.find("the best 12 of 13 trials\n"), std::string::npos) << text;
    EXPECT_NE(text.find("on the Pareto front (*): 12 trials"), std::string::npos) << text;
}

TEST_F(Goals, WithoutFiniteValuesThereIsNoHypervolume) {
    const double infinite = std::numeric_limits<double>::infinity();
    complete(0.5, {{"loss", -infinite}, {"speed", 1}, {"megabytes", 1}});
    EXPECT_NE(leaderboard(study_, {}).find("on the Pareto front (*): 1 trial\n"), std::string::npos);
}

TEST(Paused, TrialsWithAValueStandAmongThePrunedOnes) {
    StudySpec spec;
    spec.goal = {"loss", Direction::minimize};
    Study study(spec);
    // Values of trials 0 .. 6; NaN = not reported.
    const double none = std::numeric_limits<double>::quiet_NaN();
    for (const double value : {5.0, 3.0, 1.0, 4.0, none, 2.0, 9.0}) {
        const auto id = static_cast<TrialId>(study.trials().size());
        study.apply(TrialCreated{id, {}, 0});
        study.apply(AttemptStarted{id, 1, "", "", "", {}});
        Measurement measurement;
        measurement.metrics = {{"loss", value}};
        if (value == value) study.apply(Reported{id, 1, measurement});
    }
    study.apply(TrialEnded{0, Completed{{{"loss", 5}}, 0, ""}});
    study.apply(TrialEnded{1, Pruned{"", false}});
    study.apply(Paused{2, ""});
    study.apply(Paused{3, ""});
    study.apply(Paused{4, ""});
    study.apply(TrialEnded{5, Failure{FailureKind::crashed, ""}});
    EXPECT_EQ('\n' + leaderboard(study, {}), R"(
rank  trial  state        loss  epochs  seconds
   1      0  completed  5.0000       1      0.0
   2      2  paused     1.0000       1      0.0
   3      1  pruned     3.0000       1      0.0
   4      3  paused     4.0000       1      0.0

the best 4 of 7 trials
)");
    EXPECT_EQ('\n' + leaderboard(study, {Format::csv, true, {}}), R"(
rank,trial,state,value,epochs,seconds,seed,reason
1,0,completed,5,1,0,0,
2,2,paused,1,1,0,0,
3,1,pruned,3,1,0,0,
4,3,paused,4,1,0,0,
,5,failed,,1,0,0,crashed
,4,paused,,0,0,0,
,6,running,9,1,0,0,
)");
}

}  // namespace
}  // namespace o2v::reports
