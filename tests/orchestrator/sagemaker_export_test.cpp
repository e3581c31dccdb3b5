// A study as a tuning job: its figures, and the way there and back.
#include "orchestrator/sagemaker_export.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "orchestrator/sagemaker_import.hpp"
#include "tests/orchestrator/sagemaker_request.hpp"

namespace o2v::orchestrator {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

SageMakerImport eight_cores() {
    SageMakerImport import;
    import.folder = "/somewhere";
    import.topology = synthetic_topology("core:8 pu:1");
    return import;
}

// Without what names the file.
json imported(const json& request) {
    json document(import_sagemaker(request, "job.json", eight_cores()).front().document);
    document.erase("description");
    return document;
}

// What is searched, ended, stopped and fixed, in every form that a request has.
json wide_request() {
    return sentence_similarity(
        {{"HyperParameterTuningJobConfig",
          {{"RandomSeed", 11},
           {"TrainingJobEarlyStoppingType", "Auto"},
           {"ResourceLimits", {{"MaxRuntimeInSeconds", 7200}}},
           {"TuningJobCompletionCriteria",
            {{"TargetObjectiveMetricValue", 0.875},
             {"BestObjectiveNotImproving", {{"MaxNumberOfTrainingJobsNotImproving", 4}}},
             {"ConvergenceDetected", {{"CompleteOnConvergence", "Enabled"}}}}},
           {"ParameterRanges",
            {{"ContinuousParameterRanges",
              {{{"Name", "weight_decay"},
                {"MinValue", "1e-05"},
                {"MaxValue", "0.1"},
                {"ScalingType", "Logarithmic"}},
               {{"Name", "dropout"},
                {"MinValue", "0"},
                {"MaxValue", "0.9"},
                {"ScalingType", "ReverseLogarithmic"}}}},
             {"CategoricalParameterRanges",
              {{{"Name", "optimizer"}, {"Values", {"adam", "sgd"}}},
               {{"Name", "mlp_dim"}, {"Values", {"128", "512"}}}}}}}}},
         {"TrainingJobDefinition",
          {{"StaticHyperParameters",
            {{"weight_decay", nullptr},
             {"dropout", nullptr},
             {"optimizer", nullptr},
             {"mlp_dim", nullptr}}}}},
         {"WarmStartConfig",
          {{"WarmStartType", "TransferLearning"},
           {"ParentHyperParameterTuningJobs", {{{"HyperParameterTuningJobName", "parent-1"}}}}}}});
}

TEST(SageMakerExport, AnImportedRequestComesBackAsItWas) {
    const json document = imported(wide_request());
    const TuningJob job = tuning_request_of(parse_experiment(document, "/somewhere/x.json"), 1);
    EXPECT_THAT(job.notes, IsEmpty()) << job.notes.front().to_string();
    json again = imported(json(job.description));
    for (const char* channel : {"train", "validation"})  // absolute by now
        EXPECT_EQ(again["data"][channel], "/somewhere/" + document.at("data").at(channel).get<std::string>());
    again["data"] = document.at("data");
    EXPECT_EQ(again, document);
}

TEST(SageMakerExport, HyperbandAndGridComeBackToo) {
    json band = sentence_similarity(
        {{"HyperParameterTuningJobConfig",
          {{"Strategy", "Hyperband"},
           {"StrategyConfig", {{"HyperbandStrategyConfig", {{"MinResource", 1}, {"MaxResource", 9}}}}}}}});
    json grid = sentence_similarity(
        {{"HyperParameterTuningJobConfig",
          {{"Strategy", "Grid"},
           {"ParameterRanges",
            {{"IntegerParameterRanges", nullptr},
             {"CategoricalParameterRanges", {{{"Name", "enc_dim"}, {"Values", {"16", "64", "256"}}}}}}}}}});
    for (const json& request : {band, grid}) {
        json document = imported(request);
        json again =
            imported(json(tuning_request_of(parse_experiment(document, "/somewhere/x.json"), 1).description));
        document["data"] = again["data"];
        document["search"]["seed"] = 0;  // the default, written out
        EXPECT_EQ(again, document);
    }
}

TEST(SageMakerExport, WhatATuningJobCannotSayIsNoted) {
    const Experiment experiment = parse_experiment(
        json{{"name", "branin_2"},
             {"problem", "branin"},
             {"objectives",
              {{{"metric", "validation:loss"}, {"direction", "minimize"}}, {{"metric", "other"}}}},
             {"constraints", {{{"metric", "other"}, {"max", 1}}}},
             {"search",
              {{"strategy", "sobol"},
               {"space",
                {{"x0", {{"type", "float"}, {"min", -5}, {"max", 10}, {"step", 0.5}}},
                 {"x1", {{"type", "float"}, {"min", 0}, {"max", 15}, {"when", {{"x0", {{"min", 1}}}}}}}}}}},
             {"pruner", {{"type", "asha"}}},
             {"budget", {{"no_improvement", 1}, {"time", "1m"}}}},
        "x.json");
    const TuningJob job = tuning_request_of(experiment, 2);
    std::vector<std::string> places;
    for (const Problem& note : job.notes) places.push_back(note.where);
    for (const char* place :
         {"/name", "/problem", "/objectives", "/constraints", "/search/strategy", "/search/space/x0/step",
          "/search/space/x1/when", "/pruner/type", "/budget/time", "/budget/no_improvement"})
        EXPECT_THAT(places, Contains(place));
    EXPECT_EQ(job.description.at("HyperParameterTuningJobName"), "branin-2");
    EXPECT_EQ(job.description.at("HyperParameterTuningJobConfig")
                  .at("ResourceLimits")
                  .at("MaxParallelTrainingJobs"),
              2);
}

TEST(SageMakerExport, NamesAreThoseOfTuningJobs) {
    EXPECT_EQ(tuning_job_name("wordnet"), "wordnet");
    EXPECT_EQ(tuning_job_name("_a.b_"), "a-b");
    EXPECT_EQ(tuning_job_name(std::string(40, 'x')), std::string(32, 'x'));
    EXPECT_EQ(tuning_job_name("..."), "study");
}

class DescribedStudy : public testing::Test {
  protected:
    DescribedStudy()
        : recorded_{experiment(),
                    Study(experiment().study),
                    {},
                    {{milliseconds(1'000'000), milliseconds(1'090'500)}},
                    false} {}

    static Experiment experiment() {
        return parse_experiment(imported(sentence_similarity()), "/somewhere/x.json");
    }
    void add(const TrialEvent& event) {
        recorded_.events.push_back(
            {milliseconds(1'000'000 + 500 * static_cast<int>(recorded_.events.size())), event});
        recorded_.study.apply(event);
    }
    // A trial that reports an epoch of this accuracy.
    void begin(TrialId id, std::int64_t enc_dim, double accuracy) {
        add(TrialCreated{id, {{"enc_dim", enc_dim}}, 1});
        add(AttemptStarted{id, 1, "slot-" + std::to_string(id % 2) + "/pid-1", "cpu", "host", {0}});
        Measurement measurement;
        measurement.metrics = {{"validation:accuracy", accuracy}};
        add(Reported{id, 1, measurement});
    }
    json described() const { return json(describe_tuning_job(recorded_).description); }

    RecordedStudy recorded_;
};

TEST_F(DescribedStudy, ItsFiguresAreThoseOfItsTrials) {
    begin(0, 16, 0.5);
    add(TrialEnded{0, Completed{{{"validation:accuracy", 0.5}}, 0, "model"}});
    begin(1, 512, 0.75);
    add(TrialEnded{1, Completed{{{"validation:accuracy", 0.75}}, 0, "model"}});
    begin(2, 64, 0.25);
    add(TrialEnded{2, Pruned{"worse than the median"}});
    const json job = described();
    EXPECT_EQ(job.at("HyperParameterTuningJobStatus"), "Completed");
    EXPECT_EQ(job.at("TrainingJobStatusCounters"), (json{{"Completed", 2},
                                                         {"InProgress", 0},
                                                         {"RetryableError", 0},
                                                         {"NonRetryableError", 0},
                                                         {"Stopped", 1}}));
    EXPECT_EQ(job.at("ObjectiveStatusCounters"), (json{{"Succeeded", 3}, {"Pending", 0}, {"Failed", 0}}));
    const json& best = job.at("BestTrainingJob");
    EXPECT_EQ(best.at("TrainingJobName"), "object2vec-snli-001");
    EXPECT_EQ(best.at("TunedHyperParameters"), (json{{"enc_dim", "512"}}));
    EXPECT_EQ(best.at("FinalHyperParameterTuningJobObjectiveMetric"),
              (json{{"Type", "Maximize"}, {"MetricName", "validation:accuracy"}, {"Value", 0.75}}));
    EXPECT_EQ(best.at("CreationTime"), "1970-01-01T00:16:42.000000+00:00");
    EXPECT_FALSE(job.contains("OverallBestTrainingJob"));
    EXPECT_EQ(job.at("ConsumedResources").at("RuntimeInSeconds"), 90);
    EXPECT_EQ(job.at("TuningJobCompletionDetails").at("NumberOfTrainingJobsObjectiveNotImproving"), 1);
    ASSERT_EQ(job.at("TrainingJobSummaries").size(), 3U);
    EXPECT_EQ(job.at("TrainingJobSummaries")[2].at("TrainingJobStatus"), "Stopped");
    json again = imported(job), document = imported(sentence_similarity());
    document["data"] = again["data"];
    document["search"]["seed"] = 0;  // the default, written out
    EXPECT_EQ(again, document) << "a description is a request as well";
}

TEST_F(DescribedStudy, ItsStatusIsWhatHasBecomeOfIt) {
    begin(0, 16, 0.5);
    EXPECT_EQ(described().at("HyperParameterTuningJobStatus"), "Stopped");
    EXPECT_EQ(described().at("TrainingJobSummaries")[0].at("TrainingJobStatus"), "Stopped");
    recorded_.running = true;
    EXPECT_EQ(described().at("HyperParameterTuningJobStatus"), "InProgress");
    EXPECT_EQ(described().at("TrainingJobStatusCounters").at("InProgress"), 1);
    EXPECT_FALSE(described().contains("HyperParameterTuningEndTime"));
    add(TrialEnded{0, Failure{FailureKind::crashed, std::string(2000, 'x')}});
    recorded_.running = false;
    EXPECT_EQ(described().at("HyperParameterTuningJobStatus"), "Failed");
    EXPECT_EQ(described().at("TrainingJobStatusCounters").at("NonRetryableError"), 1);
    EXPECT_EQ(described().at("TrainingJobSummaries")[0].at("FailureReason").get<std::string>().size(), 1024U);
    EXPECT_FALSE(described().contains("BestTrainingJob"));
}

TEST_F(DescribedStudy, AParentsBetterTrialIsTheOverallBest) {
    recorded_.experiment.warm_start = {"runs/parent"};
    StudySpec spec = recorded_.experiment.study;
    spec.prior = {{0, {{"enc_dim", std::int64_t{32}}}, 0.6}, {0, {{"enc_dim", std::int64_t{48}}}, 0.9}};
    recorded_.study = Study(spec);
    begin(0, 16, 0.5);
    add(TrialEnded{0, Completed{{{"validation:accuracy", 0.5}}, 0, "model"}});
    const json overall = described().at("OverallBestTrainingJob");
    EXPECT_EQ(overall.at("TuningJobName"), "parent");
    EXPECT_EQ(overall.at("TunedHyperParameters"), (json{{"enc_dim", "48"}}));
    EXPECT_EQ(described().at("BestTrainingJob").at("TunedHyperParameters"), (json{{"enc_dim", "16"}}));
}

}  // namespace
}  // namespace o2v::orchestrator
