// o2v-tune train with the real programs: its lines, interruptions, what it leaves.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>

#include "search/study/assignment.hpp"
#include "tests/orchestrator/temporary_folder.hpp"
#include "tests/process/grouped_pairs.hpp"
#include "tests/process/program.hpp"

namespace o2v {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::vector<std::string> found(const std::string& text, const std::string& pattern) {
    const std::regex regex(pattern);
    std::vector<std::string> values;
    for (std::sregex_iterator it(text.begin(), text.end(), regex), end; it != end; ++it)
        values.push_back((*it)[1]);
    return values;
}
std::vector<std::string> epochs_in(const std::string& text) {
    return found(text, "#quality_metric: host=algo-1, epoch=(\\d+), validation \\S+ <loss>=");
}

class TrainTest : public testing::Test {
  protected:
    // Branin at a point, with epochs of so many seconds.
    std::vector<std::string> branin(double epoch_seconds, std::vector<std::string> more = {}) {
        const json j{{"name", "branin"},
                     {"problem", "branin"},
                     {"fixed", {{"epochs", 5}, {"epoch_seconds", epoch_seconds}, {"x1", 2.0}}},
                     {"objective", {{"metric", "validation:loss"}}},
                     {"search", {{"space", {{"x0", {{"type", "float"}, {"min", -5}, {"max", 10}}}}}}}};
        std::vector<std::string> arguments{"train", folder_.write("branin.json", j.dump()), "--set",
                                           "x0=3.5"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return arguments;
    }
    Finished run(const std::vector<std::string>& arguments) { return run_tune(folder_.path(), arguments); }

    TemporaryFolder folder_;
};

TEST_F(TrainTest, PrintsAnEpochsLinesOnStandardOutputAndNothingElsewhere) {
    const Finished trained = run(branin(0));
    EXPECT_EQ(trained.exit_code, 0) << trained.err;
    EXPECT_EQ(trained.err, "");
    EXPECT_THAT(epochs_in(trained.out), testing::ElementsAre("0", "1", "2", "3", "4"));
    EXPECT_THAT(trained.out, HasSubstr("completed 100.0 % of epochs"));
    EXPECT_THAT(trained.out, HasSubstr("epoch 4 is kept: validation:loss"));
    EXPECT_THAT(run({"leaderboard", "branin-train"}).out, HasSubstr("completed"));
}

TEST_F(TrainTest, ASearchedParameterWithoutAValueIsBadInput) {
    std::vector<std::string> arguments = branin(0);
    arguments.resize(2);
    const Finished trained = run(arguments);
    EXPECT_EQ(trained.exit_code, 2);
    EXPECT_THAT(trained.err, HasSubstr("/search/space/x0: is searched (-5 to 10)"));
    EXPECT_FALSE(std::filesystem::exists(folder_.file("runs")));
    EXPECT_EQ(run(branin(0, {"--device", "cuda:97"})).exit_code, 2);
    EXPECT_EQ(run(branin(0, {"--threads", "9999"})).exit_code, 2);
}

TEST_F(TrainTest, OfACompleteTrainingTheSameCommandOnlySaysSo) {
    ASSERT_EQ(run(branin(0)).exit_code, 0);
    const Finished again = run(branin(0));
    EXPECT_EQ(again.exit_code, 0) << again.err;
    EXPECT_THAT(again.out, AllOf(HasSubstr("trained before"), HasSubstr("epoch 4 is kept")));
    EXPECT_THAT(epochs_in(again.out), testing::IsEmpty());
    const Finished quiet = run(branin(0, {"--quiet"}));
    EXPECT_THAT(quiet.out, testing::MatchesRegex("validation:loss [0-9.]+\n"));
}

TEST_F(TrainTest, OtherSettingsAreRefusedAndFreshKeepsTheEarlierTraining) {
    ASSERT_EQ(run(branin(0)).exit_code, 0);
    std::vector<std::string> other = branin(0, {"--set", "x1=4"});
    const Finished refused = run(other);
    EXPECT_EQ(refused.exit_code, 2);
    EXPECT_THAT(refused.err, AllOf(HasSubstr("/fixed/x1: 2.0 -> 4"), HasSubstr("--fresh trains anew")));
    other.push_back("--fresh");
    const Finished fresh = run(other);
    EXPECT_EQ(fresh.exit_code, 0) << fresh.err;
    EXPECT_THAT(fresh.out, HasSubstr("runs/branin-train.1"));
    EXPECT_EQ(epochs_in(fresh.out).size(), 5U);
    EXPECT_TRUE(std::filesystem::exists(folder_.file("runs/branin-train.1/study.db")));
}

TEST_F(TrainTest, CtrlCSavesAndTheSameCommandContinues) {
    {
        Program program(folder_.path(), tune(branin(0.3)));
        ASSERT_TRUE(program.wait_for("epoch=1, validation")) << program.output();
        kill(-program.pid(), SIGINT);
        const Finished finished = program.wait();
        EXPECT_EQ(finished.exit_code, 130) << finished.out << finished.err;
        EXPECT_THAT(finished.out, HasSubstr("interrupted; the same command continues"));
    }
    const Finished continued = run(branin(0.3));
    EXPECT_EQ(continued.exit_code, 0) << continued.err;
    EXPECT_THAT(continued.out, HasSubstr("goes on after epoch"));
    EXPECT_THAT(epochs_in(continued.out), Not(testing::Contains("0")));
    EXPECT_THAT(epochs_in(continued.out), testing::Contains("4"));
}

#ifdef O2V_WITH_TORCH

constexpr int kClasses = 4;

std::string pairs(int rows, std::uint64_t seed) {
    return grouped_pairs(rows, seed, kClasses, 5);
}

std::string bytes_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::stringstream content;
    content << file.rdbuf();
    return content.str();
}

class TrainObject2VecTest : public TrainTest {
  protected:
    TrainObject2VecTest() {
        folder_.write("train.jsonl", pairs(1500, 1));
        folder_.write("validation.jsonl", pairs(200, 2));
        folder_.write("test.jsonl", pairs(200, 3));
        folder_.write("README.txt", "Made up.\nCopyright of nobody.\n");
    }
    std::vector<std::string> train(const json& fixed, std::vector<std::string> more = {}) {
        json j{
            {"name", "planted"},
            {"data", {{"train", "train.jsonl"}, {"validation", "validation.jsonl"}, {"test", "test.jsonl"}}},
            {"fixed",
             {{"num_classes", kClasses},
              {"enc0_max_seq_len", 4},
              {"enc0_vocab_size", 2 + kWords},
              {"enc0_token_embedding_dim", 8},
              {"enc_dim", 16},
              {"mlp_dim", 16},
              {"learning_rate", 0.01},
              {"epochs", 30}}}};
        j["fixed"].update(fixed);
        std::vector<std::string> arguments{"train", folder_.write("planted.json", j.dump())};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return arguments;
    }
    json read(const std::string& path) { return json::parse(bytes_of(folder_.file(path))); }
};

TEST_F(TrainObject2VecTest, TrainsPromotesAndStopsEarly) {
    const Finished trained = run(train({{"early_stopping_patience", 2}}));
    ASSERT_EQ(trained.exit_code, 0) << trained.err << trained.out;
    const auto accuracy =
        found(trained.out, R"(#quality_metric: host=\S+, (?:epoch=\S+, )?validation accuracy <score>=(\S+))");
    EXPECT_EQ(accuracy.size(), epochs_in(trained.out).size());
    EXPECT_LT(accuracy.size(), 30U) << "one label in five cannot be learned: the loss soon rises";
    EXPECT_THAT(trained.out, HasSubstr("Early stopping criterion met! Stopping training at epoch: " +
                                       std::to_string(accuracy.size() - 1)));
    const std::vector<std::string> best =
        found(trained.out, "Best model based on epoch (\\d+)\\. Best loss: ");
    ASSERT_EQ(best.size(), 1U);
    const std::vector<std::string> test =
        found(trained.out, R"(#test_score \(algo-1\) : \('accuracy', (\S+)\))");
    ASSERT_EQ(test.size(), 1U);
    EXPECT_GE(std::stod(test[0]), 0.75);
    EXPECT_THAT(trained.out, HasSubstr("\"Total Records Seen\":{\"sum\":1500.0"));

    const std::string model = "runs/planted-train/models/planted-train/current/";
    EXPECT_THAT(trained.out, HasSubstr("model: " + model.substr(0, model.size() - 1) + " (version 1)"));
    const json metrics = read(model + "metrics.json");
    EXPECT_EQ(std::to_string(metrics.at("best_epoch").get<int>()), best[0]);
    EXPECT_DOUBLE_EQ(metrics.at("metrics").at("test:accuracy"), std::stod(test[0]));
    const json provenance = read(model + "provenance.json");
    EXPECT_EQ(provenance.at("data").at("train").at("xxh3_128").get<std::string>().size(), 32U);
    EXPECT_EQ(provenance.at("data").at("test").at("bytes"),
              std::filesystem::file_size(folder_.file("test.jsonl")));
    EXPECT_FALSE(provenance.at("libtorch").get<std::string>().empty());
    EXPECT_EQ(provenance.at("threads"), 1);
    EXPECT_EQ(provenance.at("data_licence"), "README.txt: Copyright of nobody.");
    const std::string card = bytes_of(folder_.file(model + "README.md"));
    EXPECT_THAT(card, AllOf(HasSubstr("safetensors.torch"), HasSubstr("| test:accuracy | "),
                            HasSubstr("Copyright of nobody."), HasSubstr("| `output.weight` | 4 x 16 |")));

    const Finished again = run(train({{"early_stopping_patience", 2}}));
    EXPECT_EQ(again.exit_code, 0) << again.err;
    EXPECT_THAT(again.out, AllOf(HasSubstr("trained before"), HasSubstr("current (version 1)")));
    const Finished asked = run({"predict", "planted-train", "--in0", "[25]", "--in1", "[22, 30]", "--json"});
    EXPECT_EQ(json::parse(asked.out).at("scores").size(), 4U) << asked.err;
    ASSERT_EQ(run(train({{"early_stopping_patience", 2}}, {"--fresh", "--seed", "5"})).exit_code, 0);
    EXPECT_EQ(run({"predict", "planted-train", "--in0", "[25]"}).exit_code, 0)
        << "the training set aside has a model of the same name";
}

TEST_F(TrainObject2VecTest, AnInterruptedTrainingEndsInTheSameWeightsBitForBit) {
    const json fixed{{"early_stopping_patience", 0}, {"dropout", 0.2}, {"enc0_network", "hcnn"}};
    ASSERT_EQ(run(train(fixed, {"--out", "whole"})).exit_code, 0);
    for (const int signal : {SIGINT, SIGKILL, SIGINT}) {
        Program program(folder_.path(), tune(train(fixed, {"--out", "parts"})));
        ASSERT_TRUE(program.wait_for("validation accuracy")) << program.output();
        kill(-program.pid(), signal);
        EXPECT_EQ(program.wait().exit_code, signal == SIGINT ? 130 : 128 + SIGKILL);
    }
    const Finished last = run(train(fixed, {"--out", "parts"}));
    EXPECT_EQ(last.exit_code, 0) << last.err;
    EXPECT_THAT(last.out, HasSubstr("goes on after epoch"));
    for (const char* file :
         {"weights.safetensors", "config.json", "metrics.json", "provenance.json", "README.md"}) {
        const std::string path = std::string("/models/planted-train/current/") + file;
        EXPECT_TRUE(bytes_of(folder_.file("parts" + path)) == bytes_of(folder_.file("whole" + path))) << file;
        EXPECT_FALSE(bytes_of(folder_.file("whole" + path)).empty()) << file;
    }
}

TEST_F(TrainObject2VecTest, ATrainingThatDivergesIsAFailure) {
    const Finished trained =
        run(train({{"optimizer", "sgd"}, {"learning_rate", 1.0}, {"weight_decay", 10000}}));
    EXPECT_EQ(trained.exit_code, 1) << trained.out;
    EXPECT_THAT(trained.err, AllOf(HasSubstr("the training has not completed"), HasSubstr("diverged"),
                                   HasSubstr("--fresh")));
}

#endif

}  // namespace
}  // namespace o2v
