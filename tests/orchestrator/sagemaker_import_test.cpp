// Tuning requests as experiments: what is taken over, what is named, what is refused.
#include "orchestrator/sagemaker_import.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "orchestrator/experiment.hpp"
#include "tests/orchestrator/sagemaker_request.hpp"

namespace o2v::orchestrator {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

SageMakerImport options() {
    SageMakerImport import;
    import.folder = "/somewhere";
    import.topology = synthetic_topology("core:8 pu:1");
    return import;
}

ImportedExperiment import_one(const json& changes, const SageMakerImport& with = options()) {
    std::vector<ImportedExperiment> all = import_sagemaker(sentence_similarity(changes), "job.json", with);
    EXPECT_EQ(all.size(), 1U);
    return std::move(all.front());
}
json imported(const json& changes, const SageMakerImport& with = options()) {
    return json(import_one(changes, with).document);
}
std::vector<std::string> notes(const json& changes, const SageMakerImport& with = options()) {
    std::vector<std::string> lines;
    for (const Problem& note : import_one(changes, with).notes) lines.push_back(note.to_string());
    return lines;
}
std::string errors(const json& request, const SageMakerImport& with = options()) {
    try {
        import_sagemaker(request, "job.json", with);
    } catch (const InputError& e) {
        return e.what();
    }
    return "no error";
}
std::string errors_with(const json& changes) {
    return errors(sentence_similarity(changes));
}

json config(const json& changes) {
    return {{"HyperParameterTuningJobConfig", changes}};
}
json ranges(const json& of_kinds) {
    json all{{"IntegerParameterRanges", nullptr}};
    all.merge_patch(of_kinds);
    return config({{"ParameterRanges", all}});
}
json reals(const json& range) {
    return ranges({{"ContinuousParameterRanges", {range}}});
}

TEST(SageMakerImport, ANotebooksRequestBecomesAnExperiment) {
    const json document = imported({});
    EXPECT_EQ(document.at("name"), "object2vec-snli");
    EXPECT_EQ(document.at("objective"), (json{{"metric", "validation:accuracy"}, {"direction", "maximize"}}));
    EXPECT_EQ(document.at("search").at("strategy"), "bayesian");
    EXPECT_EQ(document.at("search").at("space"),
              (json{{"enc_dim", {{"type", "int"}, {"min", 16}, {"max", 1024}, {"scale", "log"}}}}));
    EXPECT_EQ(document.at("budget"), (json{{"trials", 3}}));
    EXPECT_EQ(document.at("resources"), (json{{"slots", 3}}));
    EXPECT_EQ(document.at("limits"), (json{{"trial_time", 43200}}));
    EXPECT_FALSE(document.contains("pruner"));
    EXPECT_FALSE(document.contains("warm_start"));
    const json& fixed = document.at("fixed");
    EXPECT_EQ(fixed.at("mini_batch_size"), 8192);
    EXPECT_EQ(fixed.at("learning_rate"), 0.0004);
    EXPECT_EQ(fixed.at("enc0_layers"), "auto");
    EXPECT_EQ(fixed.at("comparator_list"), "hadamard, concat, abs_diff");
    EXPECT_EQ(parse_experiment(document, "x.json").study.budget.trials, 3);
}

TEST(SageMakerImport, WhatHasNoCounterpartIsNamedWithWhatToDoInstead) {
    const json more{{"TrainingJobDefinition",
                     {{"EnableManagedSpotTraining", true},
                      {"VpcConfig", {{"Subnets", {"subnet-1"}}}},
                      {"CheckpointConfig", {{"S3Uri", "s3://b/c"}}},
                      {"RetryStrategy", {{"MaximumRetryAttempts", 3}}},
                      {"Environment", {{"A", "b"}}},
                      {"Enviroment", 1},
                      {"ResourceConfig", {{"InstanceCount", 2}}}}},
                    {"Region", "us-east-1"}};
    const std::vector<std::string> lines = notes(more);
    for (const char* place :
         {"/TrainingJobDefinition/AlgorithmSpecification/TrainingImage", "/TrainingJobDefinition/RoleArn",
          "/TrainingJobDefinition/OutputDataConfig", "/TrainingJobDefinition/ResourceConfig/InstanceType",
          "/TrainingJobDefinition/ResourceConfig/InstanceCount",
          "/TrainingJobDefinition/EnableManagedSpotTraining", "/TrainingJobDefinition/VpcConfig",
          "/TrainingJobDefinition/CheckpointConfig", "/TrainingJobDefinition/RetryStrategy",
          "/TrainingJobDefinition/Environment", "/Tags", "/Region",
          "/TrainingJobDefinition/InputDataConfig/0"})
        EXPECT_THAT(lines, Contains(HasSubstr("job.json: " + std::string(place)))) << place;
    EXPECT_THAT(lines, Contains(AllOf(HasSubstr("/Enviroment = 1: is no field"),
                                      HasSubstr("did you mean Environment"))));
    EXPECT_THAT(lines, Contains(AllOf(HasSubstr("InstanceType = \"ml.p3.8xlarge\""), HasSubstr("4 x V100"))));
}

TEST(SageMakerImport, ChannelsAreTheFilesGivenOrVisiblePlaceholders) {
    const json data = imported({}).at("data");
    EXPECT_EQ(data, (json{{"train", "REPLACE-ME/snli-integer-train.jsonl"},
                          {"validation", "REPLACE-ME/snli-integer-dev.jsonl"}}));
    SageMakerImport with = options();
    with.train = "/data/pairs.jsonl";
    with.validation = "/data/held-out.jsonl";
    with.test = "/data/test.jsonl";
    EXPECT_EQ(imported({}, with).at("data"), (json{{"train", "/data/pairs.jsonl"},
                                                   {"validation", "/data/held-out.jsonl"},
                                                   {"test", "/data/test.jsonl"}}));
    EXPECT_THAT(notes({}, with), Not(Contains(HasSubstr("lies in S3"))));
    const json channels = json::array(
        {{{"ChannelName", "train"}, {"DataSource", {{"S3DataSource", {{"S3Uri", "s3://bucket/folder/"}}}}}},
         {{"ChannelName", "auxiliary"}, {"DataSource", {{"S3DataSource", {{"S3Uri", "s3://bucket/aux/"}}}}}},
         {{"ChannelName", "features"}}});
    const json changed{{"TrainingJobDefinition", {{"InputDataConfig", channels}}},
                       {"HyperParameterTuningJobConfig",
                        {{"HyperParameterTuningJobObjective", {{"MetricName", "train:accuracy"}}}}}};
    EXPECT_EQ(imported(changed).at("data"),
              (json{{"train", "REPLACE-ME/train.jsonl"}, {"auxiliary", "REPLACE-ME/auxiliary"}}));
    EXPECT_THAT(notes(changed), Contains(HasSubstr("/InputDataConfig/2/ChannelName = \"features\"")));
}

TEST(SageMakerImport, EveryStrategyHasACounterpart) {
    EXPECT_EQ(imported(config({{"Strategy", "Random"}})).at("search").at("strategy"), "random");
    const json band = config(
        {{"Strategy", "Hyperband"},
         {"StrategyConfig", {{"HyperbandStrategyConfig", {{"MinResource", 2}, {"MaxResource", 20}}}}}});
    EXPECT_EQ(imported(band).at("search").at("strategy"), "random");
    EXPECT_EQ(imported(band).at("pruner"),
              (json{{"type", "hyperband"}, {"min_epochs", 2}, {"max_epochs", 20}}));
    json grid = ranges({{"CategoricalParameterRanges",
                         {{{"Name", "mlp_activation"}, {"Values", {"tanh", "relu", "linear"}}},
                          {{"Name", "enc_dim"}, {"Values", {"64", "128"}}}}}});
    grid["HyperParameterTuningJobConfig"]["Strategy"] = "Grid";
    grid["HyperParameterTuningJobConfig"]["ResourceLimits"]["MaxNumberOfTrainingJobs"] = 6;
    grid["TrainingJobDefinition"]["StaticHyperParameters"]["mlp_activation"] = nullptr;
    EXPECT_EQ(imported(grid).at("search").at("strategy"), "grid");
    EXPECT_EQ(imported(grid).at("search").at("space").at("enc_dim").at("values"), json({64, 128}));
    grid["HyperParameterTuningJobConfig"]["ResourceLimits"]["MaxNumberOfTrainingJobs"] = 5;
    EXPECT_THAT(errors_with(grid), HasSubstr("MaxNumberOfTrainingJobs = 5: must be the number of the grid's "
                                             "combinations, 6"));
    EXPECT_THAT(
        errors_with(config({{"Strategy", "Grid"}})),
        HasSubstr("/HyperParameterTuningJobConfig/Strategy = \"Grid\": goes with categorical ranges alone"));
}

TEST(SageMakerImport, ScalesAreTakenOverAndAutoGoesByTheRange) {
    const auto scale = [](const char* type, const char* min, const char* max) {
        json range{{"Name", "dropout"}, {"MinValue", min}, {"MaxValue", max}};
        if (type) range["ScalingType"] = type;
        json changes = reals(range);
        changes["TrainingJobDefinition"]["StaticHyperParameters"]["dropout"] = nullptr;
        changes["TrainingJobDefinition"]["StaticHyperParameters"]["enc_dim"] = "64";
        return imported(changes).at("search").at("space").at("dropout").at("scale");
    };
    EXPECT_EQ(scale("Linear", "0.1", "0.9"), "linear");
    EXPECT_EQ(scale("Logarithmic", "0.1", "0.9"), "log");
    EXPECT_EQ(scale("ReverseLogarithmic", "0", "0.99"), "reverse_log");
    EXPECT_EQ(scale("Auto", "0.001", "0.9"), "log");
    EXPECT_EQ(scale(nullptr, "0.1", "0.9"), "linear");
    EXPECT_EQ(scale("Auto", "0", "0.9"), "linear");
    const auto wrong = [](const json& range) { return errors_with(reals(range)); };
    EXPECT_THAT(
        wrong({{"Name", "dropout"}, {"MinValue", "0"}, {"MaxValue", "1"}, {"ScalingType", "Logarithmic"}}),
        HasSubstr("ContinuousParameterRanges/0/ScalingType = \"Logarithmic\": needs a MinValue above 0"));
    EXPECT_THAT(wrong({{"Name", "dropout"},
                       {"MinValue", "0"},
                       {"MaxValue", "1"},
                       {"ScalingType", "ReverseLogarithmic"}}),
                HasSubstr("needs values from 0 to below 1"));
    EXPECT_THAT(errors_with(ranges({{"IntegerParameterRanges",
                                     {{{"Name", "enc_dim"},
                                       {"MinValue", "16"},
                                       {"MaxValue", "64"},
                                       {"ScalingType", "ReverseLogarithmic"}}}}})),
                HasSubstr("goes with continuous ranges alone"));
}

TEST(SageMakerImport, WhatEndsTheJobEndsTheStudy) {
    const json changes =
        config({{"RandomSeed", 7},
                {"TrainingJobEarlyStoppingType", "Auto"},
                {"ResourceLimits", {{"MaxRuntimeInSeconds", 3600}}},
                {"TuningJobCompletionCriteria",
                 {{"TargetObjectiveMetricValue", 0.8},
                  {"BestObjectiveNotImproving", {{"MaxNumberOfTrainingJobsNotImproving", 5}}},
                  {"ConvergenceDetected", {{"CompleteOnConvergence", "Enabled"}}}}}});
    const json document = imported(changes);
    EXPECT_EQ(
        document.at("budget"),
        (json{
            {"trials", 3}, {"time", 3600}, {"target", 0.8}, {"no_improvement", 5}, {"expected_gain", 0.01}}));
    EXPECT_EQ(document.at("search").at("seed"), 7);
    EXPECT_EQ(document.at("pruner"), (json{{"type", "median"}}));
    EXPECT_THAT(notes(changes), Contains(HasSubstr("MaxNumberOfTrainingJobsNotImproving = 5")));
}

TEST(SageMakerImport, AJobWithoutAnEndIsRefused) {
    EXPECT_THAT(errors_with(config({{"ResourceLimits", {{"MaxNumberOfTrainingJobs", nullptr}}}})),
                HasSubstr("/HyperParameterTuningJobConfig/ResourceLimits: has neither"));
    EXPECT_EQ(imported(config({{"ResourceLimits", {{"MaxNumberOfTrainingJobs", nullptr}}},
                               {"TuningJobCompletionCriteria", {{"TargetObjectiveMetricValue", 0.9}}}}))
                  .at("budget"),
              (json{{"target", 0.9}}));
}

TEST(SageMakerImport, ParentsOfAWarmStartAreStudiesOfTheirNames) {
    const json parents = json::array(
        {{{"HyperParameterTuningJobName", "first"}}, {{"HyperParameterTuningJobName", "second"}}});
    const auto changes = [&](const char* type) {
        return json{
            {"WarmStartConfig", {{"WarmStartType", type}, {"ParentHyperParameterTuningJobs", parents}}}};
    };
    EXPECT_EQ(imported(changes("TransferLearning")).at("warm_start"),
              (json{{"studies", {"runs/first", "runs/second"}}, {"kind", "transfer"}}));
    EXPECT_EQ(imported(changes("IdenticalDataAndAlgorithm")).at("warm_start").at("kind"), "identical");
    EXPECT_THAT(
        notes(changes("TransferLearning")),
        Contains(AllOf(HasSubstr("ParentHyperParameterTuningJobs/1"), HasSubstr("runs/second/study.db"))));
    EXPECT_THAT(errors_with(changes("Transfer")), HasSubstr("/WarmStartConfig/WarmStartType"));
}

TEST(SageMakerImport, MoreTrialsSideBySideThanTheMachineHasCoresAreLeftToIt) {
    SageMakerImport two = options();
    two.topology = synthetic_topology("core:2 pu:1");
    EXPECT_EQ(imported({}, two).at("resources").at("slots"), "auto");
    EXPECT_THAT(notes({}, two),
                Contains(HasSubstr("MaxParallelTrainingJobs = 3: this machine has not so many")));
}

TEST(SageMakerImport, AMetricOfOnesOwnIsWhatItsExpressionFinds) {
    const json changes{
        {"HyperParameterTuningJobConfig",
         {{"HyperParameterTuningJobObjective", {{"MetricName", "dev-loss"}, {"Type", "Minimize"}}}}},
        {"TrainingJobDefinition",
         {{"AlgorithmSpecification",
           {{"MetricDefinitions",
             {{{"Name", "dev-loss"}, {"Regex", R"(validation cross_entropy <loss>=(\S+))"}}}}}}}}};
    EXPECT_EQ(imported(changes).at("objective").at("metric"), "validation:cross_entropy");
    json unknown = config({{"HyperParameterTuningJobObjective", {{"MetricName", "validation:acuracy"}}}});
    EXPECT_THAT(
        errors_with(unknown),
        AllOf(
            HasSubstr("job.json: /HyperParameterTuningJobConfig/HyperParameterTuningJobObjective/MetricName"),
            HasSubstr("did you mean validation:accuracy?")));
}

TEST(SageMakerImport, EachOfSeveralDefinitionsIsAnExperiment) {
    json request = sentence_similarity();
    json definition = request.at("TrainingJobDefinition");
    json& config = request["HyperParameterTuningJobConfig"];
    definition["TuningObjective"] = config.at("HyperParameterTuningJobObjective");
    definition["HyperParameterRanges"] = config.at("ParameterRanges");
    config.erase("HyperParameterTuningJobObjective");
    config.erase("ParameterRanges");
    request.erase("TrainingJobDefinition");
    for (const char* name : {"hcnn", "bilstm"}) {
        definition["DefinitionName"] = name;
        definition["StaticHyperParameters"]["enc0_network"] = name;
        request["TrainingJobDefinitions"].push_back(definition);
    }
    const auto both = import_sagemaker(request, "job.json", options());
    ASSERT_EQ(both.size(), 2U);
    EXPECT_EQ(both[1].definition, "bilstm");
    EXPECT_EQ(both[1].document.at("name"), "object2vec-snli-bilstm");
    EXPECT_EQ(both[1].document.at("fixed").at("enc0_network"), "bilstm");
    EXPECT_TRUE(both[0].document.at("search").at("space").contains("enc_dim"));
    SageMakerImport one = options();
    one.definition = "hcnn";
    EXPECT_EQ(import_sagemaker(request, "job.json", one).size(), 1U);
    request["HyperParameterTuningJobConfig"]["Strategy"] = "Best";
    const std::string wrong = errors(request);
    EXPECT_EQ(wrong.find("/Strategy"), wrong.rfind("/Strategy")) << wrong;
    one.definition = "lstm";
    EXPECT_THAT(errors(request, one), HasSubstr("--definition = lstm: is none of hcnn, bilstm"));
}

TEST(SageMakerImport, AutotuneTakesTheGuidesRanges) {
    json changes = config({{"ParameterRanges", nullptr}});
    changes["Autotune"] = {{"Mode", "Enabled"}};
    json document = imported(changes);
    EXPECT_TRUE(document.at("search").at("space").contains("enc_dim"));
    EXPECT_FALSE(document.at("search").at("space").contains("learning_rate")) << "it is fixed";
    EXPECT_EQ(document.at("pruner"), (json{{"type", "median"}}));
    changes = ranges({{"AutoParameters", {{{"Name", "enc_dim"}, {"ValueHint", "512"}}}}});
    document = imported(changes);
    EXPECT_EQ(document.at("search").at("space").at("enc_dim"),
              (json{{"type", "int"}, {"min", 4}, {"max", 4096}, {"scale", "log"}, {"default", 512}}));
    EXPECT_THAT(errors_with(ranges({{"AutoParameters", {{{"Name", "num_classes"}, {"ValueHint", "2"}}}}})),
                HasSubstr("AutoParameters/0/Name = \"num_classes\": has no recommended range"));
}

TEST(SageMakerImport, AnotherImageNeedsACommand) {
    json other{{"TrainingJobDefinition",
                {{"AlgorithmSpecification",
                  {{"TrainingImage", "111122223333.dkr.ecr.us-east-1.amazonaws.com/xgboost:1"}}}}}};
    EXPECT_THAT(errors_with(other), AllOf(HasSubstr("does not train Object2Vec"), HasSubstr("--command")));
    SageMakerImport with = options();
    with.command = {"./train.sh", "--dim={enc_dim}"};
    EXPECT_THAT(errors(sentence_similarity(other), with),
                HasSubstr("MetricDefinitions: is required for a command"));
    other["TrainingJobDefinition"]["AlgorithmSpecification"]["MetricDefinitions"] = {
        {{"Name", "validation:accuracy"}, {"Regex", R"(acc=(\S+))"}}};
    const json document = imported(other, with);
    EXPECT_EQ(document.at("objective").at("command"), json({"./train.sh", "--dim={enc_dim}"}));
    EXPECT_EQ(document.at("objective").at("metrics").size(), 1U);
    EXPECT_FALSE(document.contains("data"));
    with.command = {"./train.sh", "--dim={enc_dimm}"};
    EXPECT_THAT(errors(sentence_similarity(other), with), HasSubstr("{enc_dimm}"));
}

TEST(SageMakerImport, EverythingWrongIsSaidAtOnceAtItsPlace) {
    json changes = config(
        {{"Strategy", "Baysian"},
         {"ResourceLimits", {{"MaxRuntimeInSeconds", 60}, {"MaxParallelTrainingJobs", 0}}},
         {"HyperParameterTuningJobObjective", {{"Type", "maximize"}}},
         {"ParameterRanges",
          {{"IntegerParameterRanges", {{{"Name", "enc_dim"}, {"MinValue", "16.5"}, {"MaxValue", "x"}}}}}}});
    changes["HyperParameterTuningJobName"] = "under_score";
    const std::string all = errors_with(changes);
    for (const char* part :
         {"/HyperParameterTuningJobName = \"under_score\"", "/Strategy = \"Baysian\"",
          "did you mean Bayesian?",
          "/ResourceLimits/MaxRuntimeInSeconds = 60: must be an integer from 120 to 15768000",
          "/ResourceLimits/MaxParallelTrainingJobs = 0", "/Type = \"maximize\"", "did you mean Maximize?",
          "IntegerParameterRanges/0/MinValue = \"16.5\": must be an integer as a text", "MaxValue = \"x\""})
        EXPECT_THAT(all, HasSubstr(part));
}

TEST(SageMakerImport, AnExperimentsOwnChecksSpeakOfTheRequestsFields) {
    json changes =
        ranges({{"IntegerParameterRanges", {{{"Name", "enc_dim"}, {"MinValue", "2"}, {"MaxValue", "64"}}}}});
    changes["TrainingJobDefinition"]["StaticHyperParameters"] = {{"num_classes", "31"},
                                                                 {"lerning_rate", "0.1"}};
    const std::string all = errors_with(changes);
    EXPECT_THAT(
        all,
        HasSubstr("/HyperParameterTuningJobConfig/ParameterRanges/IntegerParameterRanges/0/MinValue = 2"));
    EXPECT_THAT(all, HasSubstr("/TrainingJobDefinition/StaticHyperParameters/num_classes"));
    EXPECT_THAT(all, AllOf(HasSubstr("/TrainingJobDefinition/StaticHyperParameters/lerning_rate"),
                           HasSubstr("did you mean learning_rate?")));
    EXPECT_THAT(
        errors_with({{"TrainingJobDefinition", {{"StaticHyperParameters", {{"enc0_vocab_size", nullptr}}}}}}),
        HasSubstr("/TrainingJobDefinition/StaticHyperParameters"));
    EXPECT_THAT(errors_with({{"TrainingJobDefinition", {{"StaticHyperParameters", {{"enc_dim", "64"}}}}}}),
                HasSubstr("is fixed as well"));
}

TEST(SageMakerImport, WhatIsNoRequestIsRefused) {
    EXPECT_THAT(errors(json::object()), HasSubstr("this is no request of CreateHyperParameterTuningJob"));
    EXPECT_THAT(errors(json::array()), HasSubstr("must be an object"));
    EXPECT_THAT(errors(json("text")), HasSubstr("must be an object"));
    EXPECT_THAT(errors({{"TrainingJobDefinitions", 3}}), HasSubstr("must be a list of 1 to 10"));
    EXPECT_THAT(errors({{"TrainingJobDefinitions", {1}}}), HasSubstr("/0/DefinitionName"));
    EXPECT_THAT(errors({{"TrainingJobDefinition", 3}}),
                AllOf(HasSubstr("/TrainingJobDefinition = 3: must be an object"),
                      HasSubstr("/HyperParameterTuningJobConfig: is required")));
    for (const char* field : {"HyperParameterTuningJobConfig", "TrainingJobDefinition"})
        for (const json& bad : {json(1), json("x"), json::array(), json(nullptr)}) {
            json request = sentence_similarity();
            request[field] = bad;
            EXPECT_THAT(errors(request), Not(HasSubstr("no error"))) << field << bad;
        }
}

}  // namespace
}  // namespace o2v::orchestrator
