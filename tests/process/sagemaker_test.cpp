// SageMaker's requests and containers with the real programs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "search/study/assignment.hpp"
#include "tests/branin_space.hpp"
#include "tests/orchestrator/sagemaker_request.hpp"
#include "tests/orchestrator/temporary_folder.hpp"
#include "tests/process/grouped_pairs.hpp"
#include "tests/process/program.hpp"

namespace o2v {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using orchestrator::sentence_similarity;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr int kClasses = 3;

std::string pairs(int rows, std::uint64_t seed) {
    return grouped_pairs(rows, seed, kClasses);
}

std::string text_of(const std::string& path) {
    std::ifstream file(path);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

class SageMakerTest : public testing::Test {
  protected:
    Finished run(const std::vector<std::string>& arguments) { return run_tune(folder_.path(), arguments); }
    json read(const std::string& name) { return json::parse(text_of(folder_.file(name))); }

    TemporaryFolder folder_;
};

TEST_F(SageMakerTest, ImportWritesAnExperimentAndNamesTheRestOnStandardError) {
    folder_.write("job.json", sentence_similarity().dump());
    folder_.write("train.jsonl", pairs(10, 1));
    const Finished shown = run({"import", "job.json", "--train", "train.jsonl"});
    ASSERT_EQ(shown.exit_code, 0) << shown.err;
    EXPECT_EQ(json::parse(shown.out).at("data").at("train"), "train.jsonl");
    EXPECT_THAT(shown.err,
                AllOf(HasSubstr("job.json: /TrainingJobDefinition/RoleArn"), HasSubstr("/Tags"),
                      HasSubstr("name it with --validation"), Not(HasSubstr("name it with --train"))));
    fs::create_directory(folder_.file("experiments"));
    const Finished written =
        run({"import", "job.json", "--train", "train.jsonl", "-o", "experiments/snli.json"});
    ASSERT_EQ(written.exit_code, 0) << written.err;
    EXPECT_THAT(written.out, HasSubstr("o2v-tune run experiments/snli.json"));
    EXPECT_EQ(read("experiments/snli.json").at("data").at("train"), "../train.jsonl");
    const Finished checked = run({"validate", "experiments/snli.json"});
    EXPECT_EQ(checked.exit_code, 2);
    EXPECT_THAT(checked.err, HasSubstr("REPLACE-ME/snli-integer-dev.jsonl"));
}

TEST_F(SageMakerTest, ImportOfWhatIsWrongIsBadInputAndWritesNothing) {
    EXPECT_EQ(run({"import", "none.json"}).exit_code, 2);
    folder_.write("broken.json", "{\"HyperParameterTuningJobName\": ");
    EXPECT_EQ(run({"import", "broken.json"}).exit_code, 2);
    folder_.write("bad.json",
                  sentence_similarity({{"HyperParameterTuningJobConfig", {{"Strategy", "Best"}}}}).dump());
    const Finished refused = run({"import", "bad.json", "-o", "x.json"});
    EXPECT_EQ(refused.exit_code, 2);
    EXPECT_THAT(refused.err, HasSubstr("bad.json: /HyperParameterTuningJobConfig/Strategy = \"Best\""));
    EXPECT_FALSE(fs::exists(folder_.file("x.json")));
}

TEST_F(SageMakerTest, SeveralDefinitionsGetAFileEach) {
    json request = sentence_similarity();
    json definition = request.at("TrainingJobDefinition");
    request.erase("TrainingJobDefinition");
    for (const char* name : {"a", "b"}) {
        definition["DefinitionName"] = name;
        request["TrainingJobDefinitions"].push_back(definition);
    }
    folder_.write("job.json", request.dump());
    EXPECT_EQ(run({"import", "job.json"}).exit_code, 2);
    ASSERT_EQ(run({"import", "job.json", "-o", "x.json"}).exit_code, 0);
    EXPECT_EQ(read("x-a.json").at("name"), "object2vec-snli-a");
    EXPECT_EQ(read("x-b.json").at("name"), "object2vec-snli-b");
    ASSERT_EQ(run({"import", "job.json", "-o", "b.json", "--definition", "b"}).exit_code, 0);
    EXPECT_TRUE(fs::exists(folder_.file("b.json")));
}

TEST_F(SageMakerTest, AStudyIsDescribedAsATuningJob) {
    folder_.write("branin.json",
                  json{{"name", "branin"},
                       {"problem", "branin"},
                       {"objective", {{"metric", "validation:loss"}, {"direction", "minimize"}}},
                       {"search", {{"space", branin_space()}}},
                       {"budget", {{"trials", 4}}},
                       {"resources", {{"slots", 1}}}}
                      .dump());
    ASSERT_EQ(run({"run", "branin.json"}).exit_code, 0);
    const Finished exported = run({"export", "branin", "--sagemaker"});
    ASSERT_EQ(exported.exit_code, 0) << exported.err;
    EXPECT_THAT(exported.err, HasSubstr("/problem: is no training"));
    const json job = json::parse(exported.out);
    EXPECT_EQ(job.at("HyperParameterTuningJobStatus"), "Completed");
    EXPECT_EQ(job.at("TrainingJobStatusCounters").at("Completed"), 4);
    EXPECT_EQ(job.at("TrainingJobSummaries").size(), 4U);
    EXPECT_EQ(job.at("BestTrainingJob").at("TunedHyperParameters").size(), 2U);
    EXPECT_GE(job.at("BestTrainingJob").at("TrainingEndTime"), job.at("CreationTime"));
    EXPECT_EQ(run({"export", "branin", "--format", "sagemaker"}).out, exported.out);
    EXPECT_EQ(run({"export", "branin", "--sagemaker", "--what", "curves"}).exit_code, 2);
}

// What lies below /opt/ml of a container.
class ContainerTest : public SageMakerTest {
  protected:
    void prepare(const json& settings, int rows = 300) {
        json all{{"enc0_max_seq_len", "4"},
                 {"enc0_vocab_size", "42"},
                 {"enc0_token_embedding_dim", "8"},
                 {"enc_dim", "16"},
                 {"mlp_dim", "16"},
                 {"num_classes", "3"},
                 {"learning_rate", "0.01"},
                 {"_tuning_objective_metric", "validation:accuracy"},
                 {"epochs", "2"}};
        if (settings.is_object()) all.update(settings);
        folder_.write("ml/input/config/hyperparameters.json", all.dump());
        folder_.write("ml/input/data/train/part-1.jsonl", pairs(rows, 1));
        folder_.write("ml/input/data/train/part-2.jsonl", pairs(rows, 2));
        folder_.write("ml/input/data/validation/pairs.jsonl", pairs(100, 3));
        fs::create_directories(folder_.file("ml/model"));
    }
    Finished train() { return run({"container", "train", "--root", "ml", "--threads", "1"}); }
    std::string failure() { return text_of(folder_.file("ml/output/failure")); }
};

TEST_F(ContainerTest, WhatIsWrongStandsInTheFailureFile) {
    EXPECT_EQ(train().exit_code, 2);
    EXPECT_THAT(failure(), HasSubstr("/ml/input: is missing"));
    prepare({{"num_classes", "31"}, {"lerning_rate", "1"}});
    const Finished refused = train();
    EXPECT_EQ(refused.exit_code, 2);
    EXPECT_THAT(failure(), AllOf(HasSubstr("hyperparameters.json: /num_classes = \"31\""),
                                 HasSubstr("hyperparameters.json: /lerning_rate: is no hyperparameter")));
    EXPECT_THAT(refused.err, HasSubstr(failure()));
    prepare({{"enc0_vocab_size", "3"}});
    EXPECT_EQ(train().exit_code, 2);
    EXPECT_THAT(failure(), HasSubstr("ml/"));
    EXPECT_LE(failure().size(), 1024U);
}

TEST_F(ContainerTest, ChannelsAndHostsThatItCannotReadAreRefused) {
    prepare({});
    folder_.write(
        "ml/input/config/inputdataconfig.json",
        R"({"train": {"TrainingInputMode": "Pipe", "ContentType": "text/csv"}, "validation": {}, "extra": {}})");
    folder_.write("ml/input/config/resourceconfig.json", R"({"hosts": ["algo-1", "algo-2"]})");
    EXPECT_EQ(train().exit_code, 2);
    EXPECT_THAT(failure(), AllOf(HasSubstr("/train/TrainingInputMode = \"Pipe\""),
                                 HasSubstr("/train/ContentType"), HasSubstr("/hosts")));
    folder_.write("ml/input/config/inputdataconfig.json", R"({"validation": {}})");
    folder_.write("ml/input/config/resourceconfig.json", R"({"hosts": ["algo-1"]})");
    fs::remove_all(folder_.file("ml/input/data/train"));
    EXPECT_EQ(train().exit_code, 2);
    EXPECT_THAT(failure(), HasSubstr("input/data/train: is missing"));
}

TEST_F(ContainerTest, TheWorkerProgramTrainsAsWell) {
    const std::string worker = O2V_BIN_DIR "/o2v-worker";
    Program program(folder_.path(), {worker, "train", "--root", "ml"});
    EXPECT_EQ(program.wait().exit_code, 2);
    EXPECT_THAT(failure(), HasSubstr("is missing"));
}

#ifdef O2V_WITH_TORCH

TEST_F(SageMakerTest, TheNotebooksTuningJobRuns) {
    // Its search and budget as they are; a small vocabulary, so that it takes seconds.
    const json small{{"TrainingJobDefinition",
                      {{"StaticHyperParameters",
                        {{"enc0_vocab_size", "42"},
                         {"enc0_max_seq_len", "8"},
                         {"enc0_token_embedding_dim", "8"},
                         {"mini_batch_size", "64"},
                         {"learning_rate", "0.01"}}}}}};
    folder_.write("job.json", sentence_similarity(small).dump());
    folder_.write("train.jsonl", pairs(600, 1));
    folder_.write("validation.jsonl", pairs(200, 2));
    ASSERT_EQ(run({"import", "job.json", "--train", "train.jsonl", "--validation", "validation.jsonl", "-o",
                   "snli.json"})
                  .exit_code,
              0);
    const Finished tuned = run({"run", "snli.json"});
    ASSERT_EQ(tuned.exit_code, 0) << tuned.err << tuned.out;
    ASSERT_EQ(run({"export", "object2vec-snli", "--sagemaker", "-o", "described.json"}).exit_code, 0);
    const json job = read("described.json");
    EXPECT_EQ(job.at("TrainingJobStatusCounters").at("Completed"), 3);
    const json& best = job.at("BestTrainingJob");
    const int enc_dim = std::stoi(best.at("TunedHyperParameters").at("enc_dim").get<std::string>());
    EXPECT_TRUE(enc_dim >= 16 && enc_dim <= 1024) << enc_dim;
    EXPECT_GT(best.at("FinalHyperParameterTuningJobObjectiveMetric").at("Value"), 0.8);
    ASSERT_EQ(run({"import", "described.json", "-o", "again.json"}).exit_code, 0);
    json before = read("snli.json"), after = read("again.json");
    for (const char* set : {"train", "validation"})
        EXPECT_EQ(after["data"][set], folder_.file(std::string(set) + ".jsonl"));
    for (const char* differs : {"data", "description", "resources", "pruner"}) {
        before.erase(differs);
        after.erase(differs);
    }
    before["search"]["seed"] = 0;  // the default, written out by now
    EXPECT_EQ(after, before);
}

TEST_F(ContainerTest, ATrainingLeavesItsModelAndNothingElse) {
    prepare({});
    const Finished trained = train();
    ASSERT_EQ(trained.exit_code, 0) << trained.err << trained.out;
    EXPECT_THAT(trained.out,
                AllOf(HasSubstr("#quality_metric: host=algo-1, epoch=1, validation accuracy <score>="),
                      HasSubstr("\"Total Records Seen\":{\"sum\":600.0")));
    EXPECT_TRUE(fs::exists(folder_.file("ml/model/weights.safetensors")));
    EXPECT_FALSE(fs::exists(folder_.file("ml/output/failure")));
    EXPECT_FALSE(fs::exists(folder_.file("ml/.o2v-tune")));
    const Finished asked = run({"predict", "ml/model", "--in0", "[5]", "--in1", "[6, 7]", "--json"});
    EXPECT_EQ(json::parse(asked.out).at("scores").size(), 3U) << asked.err;
}

TEST_F(ContainerTest, OneThatIsToldToStopLeavesItsBestModelAndGoesOnLater) {
    prepare({{"epochs", "100"}, {"early_stopping_patience", "5"}, {"early_stopping_tolerance", "1e-06"}},
            4000);
    fs::create_directories(folder_.file("ml/checkpoints"));
    const std::vector<std::string> command = tune({"container", "train", "--root", "ml", "--threads", "1"});
    {
        Program program(folder_.path(), command);
        ASSERT_TRUE(program.wait_for("epoch=0, validation accuracy")) << program.output();
        program.signal(SIGTERM);
        const Finished stopped = program.wait();
        EXPECT_EQ(stopped.exit_code, 0) << stopped.err << stopped.out;
        EXPECT_THAT(stopped.out, HasSubstr("the best model so far is in"));
    }
    EXPECT_TRUE(fs::exists(folder_.file("ml/model/weights.safetensors")));
    EXPECT_EQ(run({"predict", "ml/model", "--in0", "[5]", "--in1", "[6]", "--json"}).exit_code, 0);
    Program again(folder_.path(), command);
    EXPECT_TRUE(again.wait_for("goes on after epoch")) << again.output();
    again.signal(SIGTERM);
    EXPECT_EQ(again.wait().exit_code, 0);
}

#endif

}  // namespace
}  // namespace o2v
