#include "reports/leaderboard.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/reports/studies.hpp"

namespace o2v::reports {
namespace {

using o2v::testing::bare_study;
using o2v::testing::demo_study;

std::string shown(const LeaderboardOptions& options) {
    return '\n' + leaderboard(demo_study(), options);
}

TEST(Leaderboard, TextIsAnAlignedTable) {
    EXPECT_EQ(shown({}), R"(
rank  trial  state      validation:accuracy  epochs  seconds  network           width  learning_rate
   1      1  completed               0.8000       3      3.8  hcnn                  3      0.0003333
   2      0  completed               0.7000       2      2.5  pooled_embedding      -            0.1
   3      2  pruned                  0.2500       1      1.2  hcnn                  9              1

the best 3 of 6 trials
)");
}

TEST(Leaderboard, AllShowsThoseWithoutAValueToo) {
    EXPECT_EQ(shown({Format::text, true, {}}), R"(
rank  trial  state      validation:accuracy  epochs  seconds  network           width  learning_rate
   1      1  completed               0.8000       3      3.8  hcnn                  3      0.0003333
   2      0  completed               0.7000       2      2.5  pooled_embedding      -            0.1
   -      4  completed                  nan       1      1.2  pooled_embedding      -            0.5
   3      2  pruned                  0.2500       1      1.2  hcnn                  9              1
   -      3  failed                       -       1      1.2  pooled_embedding      -          1e-06
   -      5  running                      -       0      0.0  hcnn                  1           0.01
)");
}

TEST(Leaderboard, ColumnsThatDoNotFitAreNamedBelow) {
    EXPECT_EQ(shown({Format::text, false, 80}), R"(
rank  trial  state      validation:accuracy  epochs  seconds  network
   1      1  completed               0.8000       3      3.8  hcnn
   2      0  completed               0.7000       2      2.5  pooled_embedding
   3      2  pruned                  0.2500       1      1.2  hcnn

not shown for want of width: width, learning_rate
the best 3 of 6 trials
)");
    EXPECT_EQ(shown({Format::text, false, 70}).substr(0, 76), R"(
rank  trial  state      validation:accuracy  epochs  seconds  width
   1   )");
    EXPECT_EQ(shown({Format::text, false, 0}).substr(0, 61), R"(
rank  trial  state      validation:accuracy  epochs  seconds)");
}

TEST(Leaderboard, MarkdownIsATable) {
    EXPECT_EQ(shown({Format::markdown, false, {}}), R"(
| rank | trial | state | validation:accuracy | epochs | seconds | network | width | learning_rate |
| ---: | ---: | :--- | ---: | ---: | ---: | :--- | ---: | ---: |
| 1 | 1 | completed | 0.8000 | 3 | 3.8 | hcnn | 3 | 0.0003333 |
| 2 | 0 | completed | 0.7000 | 2 | 2.5 | pooled_embedding | - | 0.1 |
| 3 | 2 | pruned | 0.2500 | 1 | 1.2 | hcnn | 9 | 1 |

the best 3 of 6 trials
)");
}

TEST(Leaderboard, CsvHasFullPrecisionAndQuotes) {
    EXPECT_EQ(shown({Format::csv, true, {}}), R"(
rank,trial,state,value,epochs,seconds,network,width,learning_rate,seed,reason
1,1,completed,0.8,3,3.75,hcnn,3,0.0003333333333333333,41,
2,0,completed,0.7,2,2.5,pooled_embedding,,0.1,40,
,4,completed,nan,1,1.25,pooled_embedding,,0.5,44,
3,2,pruned,0.25,1,1.25,hcnn,9,1,42,"worse than the median, ""0.5"""
,3,failed,,1,1.25,pooled_embedding,,1e-06,43,out_of_memory: 12 GiB asked for
,5,running,,0,0,hcnn,1,0.01,45,
)");
}

TEST(Leaderboard, JsonIsAnArrayWithNullForWhatIsNoNumber) {
    const auto rows = nlohmann::json::parse(leaderboard(demo_study(), {Format::json, true, {}}));
    ASSERT_EQ(rows.size(), 6U);
    EXPECT_EQ(rows[0], nlohmann::json::parse(R"({"trial": 1, "state": "completed", "value": 0.8,
        "params": {"network": "hcnn", "width": 3, "learning_rate": 0.0003333333333333333}, "seed": 41, "epochs": 3,
        "seconds": 3.75, "metrics": {"validation:accuracy": 0.8, "test:accuracy": 0.78125}, "reason": null,
        "rank": 1})"));
    EXPECT_EQ(rows[2]["value"], nullptr);
    EXPECT_EQ(rows[2]["metrics"]["validation:accuracy"], nullptr);
    EXPECT_EQ(rows[3]["reason"], "worse than the median, \"0.5\"");
    EXPECT_EQ(rows[4]["state"], "failed");
    EXPECT_EQ(rows[4]["reason"], "out_of_memory: 12 GiB asked for");
    EXPECT_EQ(rows[5]["value"], nullptr);
    EXPECT_EQ(leaderboard(demo_study(), {Format::json, false, {}}).substr(0, 66), R"([
  {
    "trial": 1,
    "state": "completed",
    "value": 0.8,
)");
}

TEST(Leaderboard, AStudyWithoutTrialsSaysSo) {
    const Study empty = bare_study();
    EXPECT_EQ(leaderboard(empty, {}), "no trials yet\n");
    EXPECT_EQ(leaderboard(empty, {Format::csv, false, {}}),
              "rank,trial,state,value,epochs,seconds,seed,reason\n");
    EXPECT_EQ(leaderboard(empty, {Format::json, false, {}}), "[]\n");
    EXPECT_EQ(
        leaderboard(empty, {Format::markdown, false, {}}),
        "| rank | trial | state |  | epochs | seconds |\n| ---: | ---: | :--- | ---: | ---: | ---: |\n");
    Study one = bare_study();
    one.apply(TrialCreated{0, {}, 0});
    EXPECT_EQ(leaderboard(one, {}), "none of 1 trial has a result yet\n");
}

TEST(Leaderboard, ShowsTheTenBest) {
    StudySpec spec;
    spec.goal = {"m", Direction::minimize};
    spec.space =
        SearchSpace({{"a|b", CategoricalDomain{{std::string("p|q"), std::string("\xC3\xA9t\xC3\xA9")}}, {}}});
    Study study(spec);
    for (TrialId id = 0; id < 12; ++id) {
        study.apply(TrialCreated{id, {{"a|b", id == 11 ? "\xC3\xA9t\xC3\xA9" : "p|q"}}, 0});
        study.apply(AttemptStarted{id, 1, "", "", "", {}});
        study.apply(TrialEnded{id, Completed{{{"m", 1e-5 * static_cast<double>(20 - id)}}, 0, ""}});
    }
    EXPECT_EQ('\n' + leaderboard(study, {}), R"(
rank  trial  state            m  epochs  seconds  a|b
   1     11  completed    9e-05       0      0.0  été
   2     10  completed   0.0001       0      0.0  p|q
   3      9  completed  0.00011       0      0.0  p|q
   4      8  completed  0.00012       0      0.0  p|q
   5      7  completed  0.00013       0      0.0  p|q
   6      6  completed  0.00014       0      0.0  p|q
   7      5  completed  0.00015       0      0.0  p|q
   8      4  completed  0.00016       0      0.0  p|q
   9      3  completed  0.00017       0      0.0  p|q
  10      2  completed  0.00018       0      0.0  p|q

the best 10 of 12 trials
)");
    EXPECT_NE(leaderboard(study, {Format::markdown, false, {}}).find("| p\\|q |"), std::string::npos);
}

TEST(Leaderboard, BytesThatAreNoTextDoNotBreakJson) {
    Study study = bare_study();
    study.apply(TrialCreated{0, {}, 0});
    study.apply(TrialEnded{0, Failure{FailureKind::crashed, "\xFF"}});
    EXPECT_EQ(nlohmann::json::parse(leaderboard(study, {Format::json, true, {}}))[0]["reason"],
              "crashed: \xEF\xBF\xBD");
}

}  // namespace
}  // namespace o2v::reports
