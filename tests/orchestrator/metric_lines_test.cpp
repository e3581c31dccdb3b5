// What a training prints, to the letter, and what SageMaker's metric definitions find in it.
#include "orchestrator/metric_lines.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>

#include "orchestrator/run_folder.hpp"
#include "tests/orchestrator/temporary_folder.hpp"

namespace o2v::orchestrator {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;

// The last epochs of the Wikipedia run that is published (2021-06-17), with the seconds of the first.
constexpr std::uint64_t kThread = 140195212805952;
const MetricLines::Time kEnd{std::chrono::seconds(1623926459) + milliseconds(500)};

MetricLines wikipedia() {
    return {{20, 1000000}, kThread};
}
Measurement epoch(std::int64_t number) {
    return {number,
            {{"train:cross_entropy", 0.3009},
             {"train:accuracy", 0.8743},
             {"validation:cross_entropy", 0.2084},
             {"validation:accuracy", 0.915}},
            milliseconds(72250),
            13832.43,
            0};
}

Trial completed(std::size_t epochs, const Metrics& metrics, std::int64_t best) {
    Trial trial;
    for (std::size_t i = 0; i < epochs; ++i) trial.curve.push_back(epoch(static_cast<std::int64_t>(i)));
    trial.ending = Completed{metrics, best, "model"};
    return trial;
}

TEST(MetricLines, OfAnEpochOfAClassification) {
    EXPECT_EQ(wikipedia().epoch(kEnd, epoch(0)),
              R"([06/17/2021 10:40:59 INFO 140195212805952] Completed Epoch: 0, time taken: 0:01:12.250
[06/17/2021 10:40:59 INFO 140195212805952] Epoch 0 Training metrics:   cross_entropy: 0.301 perplexity: 1.351 accuracy: 0.874
[06/17/2021 10:40:59 INFO 140195212805952] #quality_metric: host=algo-1, epoch=0, train cross_entropy <loss>=0.3009
[06/17/2021 10:40:59 INFO 140195212805952] #quality_metric: host=algo-1, epoch=0, train accuracy <score>=0.8743
[06/17/2021 10:40:59 INFO 140195212805952] Epoch 0 Validation metrics: cross_entropy: 0.208 perplexity: 1.232 accuracy: 0.915
[06/17/2021 10:40:59 INFO 140195212805952] #quality_metric: host=algo-1, epoch=0, validation cross_entropy <loss>=0.2084
[06/17/2021 10:40:59 INFO 140195212805952] #quality_metric: host=algo-1, epoch=0, validation accuracy <score>=0.915
[06/17/2021 10:40:59 INFO 140195212805952] #progress_metric: host=algo-1, completed 5.0 % of epochs
#metrics {"StartTime":1623926387.25,"EndTime":1623926459.5,"Dimensions":{"Algorithm":"ObjectToVec","Host":"algo-1","Operation":"training","epoch":0,"Meta":"training_data_iter"},"Metrics":{"Total Records Seen":{"sum":1000000.0,"count":1,"min":1000000,"max":1000000},"Max Records Seen Between Resets":{"sum":1000000.0,"count":1,"min":1000000,"max":1000000},"Number of Records Since Last Reset":{"sum":1000000.0,"count":1,"min":1000000,"max":1000000},"Reset Count":{"sum":1.0,"count":1,"min":1,"max":1}}}
[06/17/2021 10:40:59 INFO 140195212805952] #throughput_metric: host=algo-1, train throughput=13832.43 records/second
)");
}

TEST(MetricLines, OfARegressionHaveOneQualityMetricASet) {
    const Measurement m{3,
                        {{"train:mean_squared_error", 0.166711450765},
                         {"train:mean_absolute_error", 0.305},
                         {"validation:mean_squared_error", 0.952157629704},
                         {"validation:mean_absolute_error", 0.773},
                         {"validation:pearson", 0.4}},
                        milliseconds(5630),
                        0,
                        0};
    EXPECT_EQ(MetricLines({20, 0}, 1).epoch(kEnd, m),
              R"([06/17/2021 10:40:59 INFO 1] Completed Epoch: 3, time taken: 0:00:05.630
[06/17/2021 10:40:59 INFO 1] Epoch 3 Training metrics:   mean_squared_error: 0.167 mean_absolute_error: 0.305
[06/17/2021 10:40:59 INFO 1] #quality_metric: host=algo-1, epoch=3, train mean_squared_error <loss>=0.166711450765
[06/17/2021 10:40:59 INFO 1] Epoch 3 Validation metrics: mean_squared_error: 0.952 mean_absolute_error: 0.773 pearson: 0.400
[06/17/2021 10:40:59 INFO 1] #quality_metric: host=algo-1, epoch=3, validation mean_squared_error <loss>=0.952157629704
[06/17/2021 10:40:59 INFO 1] #progress_metric: host=algo-1, completed 20.0 % of epochs
)");
}

TEST(MetricLines, OfTheEndSayWhichEpochIsKeptAndTheTestScores) {
    const Trial early = completed(7,
                                  {{"train:cross_entropy", 0.12},
                                   {"validation:cross_entropy", 0.1813},
                                   {"validation:accuracy", 0.9316},
                                   {"test:cross_entropy", 0.1808},
                                   {"test:accuracy", 0.9302}},
                                  3);
    EXPECT_EQ(
        wikipedia().completed(kEnd, early),
        R"([06/17/2021 10:40:59 INFO 140195212805952] Early stopping criterion met! Stopping training at epoch: 6
[06/17/2021 10:40:59 INFO 140195212805952] #progress_metric: host=algo-1, completed 100.0 % of epochs
[06/17/2021 10:40:59 INFO 140195212805952] Best model based on epoch 3. Best loss: 0.181
[06/17/2021 10:40:59 INFO 140195212805952] Test metrics: cross_entropy: 0.181 perplexity: 1.198 accuracy: 0.930
[06/17/2021 10:40:59 INFO 140195212805952] #test_score (algo-1) : ('cross_entropy', 0.1808)
[06/17/2021 10:40:59 INFO 140195212805952] #test_score (algo-1) : ('accuracy', 0.9302)
[06/17/2021 10:40:59 INFO 140195212805952] #quality_metric: host=algo-1, test cross_entropy <loss>=0.1808
[06/17/2021 10:40:59 INFO 140195212805952] #quality_metric: host=algo-1, test accuracy <score>=0.9302
)");
    const Trial whole = completed(20, {{"train:mean_squared_error", 0.0645}}, 19);
    EXPECT_EQ(wikipedia().completed(kEnd, whole),
              R"([06/17/2021 10:40:59 INFO 140195212805952] Best model based on epoch 19. Best loss: 0.065
[06/17/2021 10:40:59 INFO 140195212805952] Test data is not provided.
)");
}

std::vector<std::string> found(const std::string& text, const std::string& pattern) {
    const std::regex regex(pattern);
    std::vector<std::string> values;
    for (std::sregex_iterator it(text.begin(), text.end(), regex), end; it != end; ++it)
        values.push_back((*it)[1]);
    return values;
}

// The expressions that tuning jobs over Object2Vec define their objectives by.
TEST(MetricLines, AreFoundByMetricDefinitions) {
    const std::string text =
        wikipedia().epoch(kEnd, epoch(0)) + wikipedia().epoch(kEnd, epoch(1)) +
        wikipedia().completed(kEnd,
                              completed(20, {{"test:accuracy", 0.9302}, {"test:cross_entropy", 1e-5}}, 1));
    EXPECT_THAT(
        found(text, R"(#quality_metric: host=\S+, (?:epoch=\S+, )?validation accuracy <score>=(\S+))"),
        ElementsAre("0.915", "0.915"));
    EXPECT_THAT(
        found(text, R"(#quality_metric: host=\S+, (?:epoch=\S+, )?validation cross_entropy <loss>=(\S+))"),
        ElementsAre("0.2084", "0.2084"));
    EXPECT_THAT(found(text, R"(#quality_metric: host=\S+, (?:epoch=\S+, )?test accuracy <score>=(\S+))"),
                ElementsAre("0.9302"));
    EXPECT_THAT(found(text, R"(#quality_metric: host=\S+, (?:epoch=\S+, )?test cross_entropy <loss>=(\S+))"),
                ElementsAre("1e-05"));
    EXPECT_THAT(found(text, R"(#throughput_metric: host=\S+, train throughput=(\S+) records/second)"),
                ElementsAre("13832.43", "13832.43"));
    EXPECT_THAT(found(text, R"(#progress_metric: host=\S+, completed (\S+) %)"), ElementsAre("5.0", "10.0"));
    EXPECT_THAT(found(text, R"(#test_score \(algo-1\) : \('accuracy', (\S+)\))"), ElementsAre("0.9302"));
    const std::vector<std::string> counters = found(text, "#metrics (\\{.*\\})");
    ASSERT_EQ(counters.size(), 2U);
    const nlohmann::json second = nlohmann::json::parse(counters[1]);
    EXPECT_EQ(second.at("Metrics").at("Total Records Seen").at("max"), 2000000);
    EXPECT_EQ(second.at("Metrics").at("Number of Records Since Last Reset").at("max"), 1000000);
}

class TrainingScreenTest : public testing::Test {
  protected:
    TrainingScreenTest() {
        experiment_.problem = "branin";
        experiment_.study.name = "demo-train";
        experiment_.study.goal = {"validation:loss", Direction::minimize};
        RunFolder(folder_.path()).create();
    }
    // What an observer prints of a trial that crashes once and is completed.
    void watch(StudyObserver& screen) {
        Study study(experiment_.study);
        screen.started(study, {&experiment_, folder_.path(), {"slot 0: cpu, core 0"}, {"train: 5 pairs"}, 0});
        const auto happens = [&](const TrialEvent& event) {
            study.apply(event);
            screen.happened(study, event);
            screen.tick(study, {});
        };
        happens(TrialCreated{0, {}, 1});
        happens(AttemptStarted{0, 1, "w", "cpu", "h", {0}});
        happens(Reported{0, 1, {0, {{"validation:loss", 0.5}}, milliseconds(2000), 10, 1}});
        happens(AttemptFailed{0, 1, FailureKind::crashed, "killed by signal 9"});
        happens(AttemptStarted{0, 2, "w", "cpu", "h", {0}});
        happens(Reported{0, 2, {0, {{"validation:loss", 0.5}}, milliseconds(2000), 10, 1}});
        happens(TrialEnded{0, Completed{{{"validation:loss", 0.5}}, 0, ""}});
        screen.finished(study, "the budget of 1 trials is used");
    }

    TemporaryFolder folder_;
    Experiment experiment_;
};

TEST_F(TrainingScreenTest, PrintsTheLinesAndKeepsThem) {
    const auto screen = make_training_screen({{2, 0}, false, std::nullopt});
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    watch(*screen);
    const std::string out = testing::internal::GetCapturedStdout();
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
    EXPECT_THAT(out, HasSubstr("] train: 5 pairs\n"));
    EXPECT_THAT(out, testing::ContainsRegex("WARNING [0-9]+\\] trial 0, attempt 1 failed: "));
    EXPECT_THAT(out, HasSubstr("] trial 0 starts again on cpu (attempt 2)\n"));
    EXPECT_THAT(out, HasSubstr("validation loss <loss>=0.5\n"));
    EXPECT_THAT(out, HasSubstr("Stopping training at epoch: 0\n"));
    std::ifstream log(folder_.file("logs/train.log"));
    std::stringstream kept;
    kept << log.rdbuf();
    EXPECT_EQ(kept.str(), out);
}

TEST_F(TrainingScreenTest, QuietKeepsThemOnly) {
    const auto screen = make_training_screen({{2, 0}, true, std::nullopt});
    testing::internal::CaptureStdout();
    watch(*screen);
    EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
    EXPECT_GT(std::filesystem::file_size(folder_.file("logs/train.log")), 100U);
}

TEST_F(TrainingScreenTest, HasALiveLineOnATerminalsStandardErrorOnly) {
    const auto screen = make_training_screen({{2, 0}, false, 100});
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    watch(*screen);
    EXPECT_THAT(testing::internal::GetCapturedStdout(), testing::Not(HasSubstr("\033")));
    const std::string live = testing::internal::GetCapturedStderr();
    EXPECT_THAT(
        live, HasSubstr("\r\033[K[########--------] epoch 1/2  validation:loss 0.5  best 0.5  10 records/s  "
                        "at most 2 s left"));
    EXPECT_THAT(live, testing::EndsWith("\r\033[K")) << "the live line is gone at the end";
}

TEST_F(TrainingScreenTest, TheLiveLineIsCutToTheTerminalAndHasAFormBeforeAnythingHappened) {
    EXPECT_EQ(training_status_line(Study(experiment_.study), {20, 0}, 80), "[----------------] epoch 0/20");
    EXPECT_EQ(training_status_line(Study(experiment_.study), {20, 0}, 12), "[--------...");
}

}  // namespace
}  // namespace o2v::orchestrator
