// The real programs on real training: a small planted classification, tuned, promoted and asked.
#ifdef O2V_WITH_TORCH
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "search/study/assignment.hpp"
#include "tests/orchestrator/temporary_folder.hpp"
#include "tests/process/grouped_pairs.hpp"
#include "tests/process/program.hpp"

namespace o2v {
namespace {

using nlohmann::json;
using testing::HasSubstr;

constexpr int kClasses = 4;

std::string pairs(int rows, std::uint64_t seed) {
    return grouped_pairs(rows, seed, kClasses);
}

class Object2VecTest : public testing::Test {
  protected:
    Object2VecTest() {
        folder_.write("train.jsonl", pairs(2000, 1));
        folder_.write("validation.jsonl", pairs(300, 2));
        folder_.write("test.jsonl", pairs(300, 3));
        json vocabulary{{"<pad>", 0}, {"<unk>", 1}};
        for (int w = 2; w < 2 + kWords; ++w) vocabulary["w" + std::to_string(w)] = w;
        folder_.write("vocabulary.json", vocabulary.dump());
        folder_.write("labels.json", R"(["first", "second", "third", "fourth"])");
    }
    std::string experiment(const json& more = json::object()) {
        json j{{"name", "planted"},
               {"data",
                {{"train", "train.jsonl"},
                 {"validation", "validation.jsonl"},
                 {"test", "test.jsonl"},
                 {"vocabulary", "vocabulary.json"},
                 {"labels", "labels.json"}}},
               {"objective", {{"metric", "validation:accuracy"}}},
               {"fixed",
                {{"num_classes", kClasses},
                 {"enc0_max_seq_len", 4},
                 {"enc0_vocab_size", 2 + kWords},
                 {"enc_dim", 16},
                 {"mlp_dim", 16},
                 {"epochs", 3},
                 {"enc0_token_embedding_dim", 8}}},
               {"search",
                {{"strategy", "random"},
                 {"seed", 5},
                 {"space",
                  {{"learning_rate", {{"type", "float"}, {"min", 0.005}, {"max", 0.05}, {"scale", "log"}}},
                   {"enc0_network",
                    {{"type", "categorical"}, {"values", {"pooled_embedding", "hcnn", "bilstm"}}}},
                   {"dropout", {{"type", "float"}, {"min", 0.0}, {"max", 0.3}}}}}}},
               {"budget", {{"trials", 4}}},
               {"resources", {{"slots", 1}}},
               {"promote", {{"as", "planted"}}}};
        j.merge_patch(more);
        return folder_.write("planted.json", j.dump());
    }
    json leaderboard(const std::string& run) {
        return without_measured(
            json::parse(run_tune(folder_.path(), {"leaderboard", run, "--all", "--format", "json"}).out));
    }

    TemporaryFolder folder_;
};

TEST_F(Object2VecTest, IsTunedPromotedAndAnswersInWords) {
    const Finished run = run_tune(folder_.path(), {"run", experiment()});
    ASSERT_EQ(run.exit_code, 0) << run.err << run.out;
    EXPECT_THAT(run.out, HasSubstr("promoted: runs/planted/models/planted/current (version 1)"));
    const json trials = leaderboard("planted");
    ASSERT_EQ(trials.size(), 4U);
    EXPECT_GE(trials.front().at("value").get<double>(), 0.99);
    EXPECT_GE(trials.front().at("metrics").at("test:accuracy").get<double>(), 0.99);

    const Finished asked =
        run_tune(folder_.path(), {"predict", "planted", "--in0", "w25", "--in1", "w22 W30 unknown"});
    EXPECT_EQ(asked.exit_code, 0) << asked.err;
    EXPECT_THAT(asked.out, HasSubstr("third"));
    const Finished scores =
        run_tune(folder_.path(), {"predict", "planted", "--in0", "[25]", "--in1", "[22, 30]", "--json"});
    EXPECT_EQ(json::parse(scores.out).at("scores").size(), 4U) << scores.err;
    const Finished embedding = run_tune(folder_.path(), {"predict", "planted", "--in1", "w22", "--json"});
    EXPECT_EQ(json::parse(embedding.out).at("embeddings").size(), 16U) << embedding.err;
    EXPECT_EQ(run_tune(folder_.path(), {"predict", "planted", "--in0", "[9999]", "--in1", "w22"}).exit_code,
              2);

    const Finished again = run_tune(folder_.path(), {"run", folder_.file("planted.json")});
    EXPECT_THAT(again.out, HasSubstr("(unchanged)"));
}

#ifdef O2V_WITH_GLOO
TEST_F(Object2VecTest, TwoDevicesTrainOneTrialAsOneDoes) {
    json without{{"search", nullptr},
                 {"fixed", {{"enc0_network", "hcnn"}, {"learning_rate", 0.01}}},
                 {"budget", {{"trials", 1}}}};
    ASSERT_EQ(run_tune(folder_.path(), {"run", experiment(without), "--out", "one"}).exit_code, 0);
    without["resources"] = {{"slots", 1}, {"devices_per_trial", 2}};
    const Finished two = run_tune(folder_.path(), {"run", experiment(without), "--out", "two"});
    if (two.exit_code == 2) {  // which on a single core is right
        EXPECT_THAT(two.err, HasSubstr("of this machine's 1 usable physical cores 1 are left"));
        return;
    }
    ASSERT_EQ(two.exit_code, 0) << two.err << two.out;
    EXPECT_THAT(two.out, HasSubstr("cpu x 2"));
    const json one_trial = leaderboard("one").at(0), two_trial = leaderboard("two").at(0);
    for (const auto& [name, value] : one_trial.at("metrics").items()) {
        EXPECT_NEAR(two_trial.at("metrics").at(name).get<double>(), value.get<double>(), 1e-3) << name;
    }
}
#endif

TEST_F(Object2VecTest, TwoRunsGiveTheSameMetricsBitForBitAlsoWhenOneIsKilled) {
    const std::string file = experiment();
    ASSERT_EQ(run_tune(folder_.path(), {"run", file, "--out", "whole"}).exit_code, 0);
    {
        Program program(folder_.path(), tune({"run", file, "--out", "killed"}));
        ASSERT_TRUE(program.wait_for("trial 1 completed")) << program.output();
        program.signal(SIGKILL);
        program.wait();
    }
    ASSERT_EQ(run_tune(folder_.path(), {"run", file, "--out", "killed"}).exit_code, 0);
    EXPECT_EQ(leaderboard("killed"), leaderboard("whole"));
}

TEST_F(Object2VecTest, ATrialIsReproducedDownToItsWeightsAndOtherDataIsNamed) {
    ASSERT_EQ(run_tune(folder_.path(), {"run", experiment({{"budget", {{"trials", 2}}}})}).exit_code, 0);
    for (const char* trial : {"0", "1"}) {
        const Finished equal = run_tune(folder_.path(), {"reproduce", trial, "--run", "planted"});
        EXPECT_EQ(equal.exit_code, 0) << equal.out << equal.err;
        EXPECT_THAT(equal.out, HasSubstr("equal: every metric of 3 epochs, and the weights (XXH3-128 "));
    }
    folder_.write("train.jsonl", pairs(2000, 9));
    const Finished other = run_tune(folder_.path(), {"reproduce", "0", "--run", "planted"});
    EXPECT_EQ(other.exit_code, 1) << other.err;
    EXPECT_THAT(other.out, HasSubstr("the weights differ"));
    EXPECT_THAT(other.out, HasSubstr("data train: another content than then"));
}

// A model file that is not whole is named when it is asked for.
TEST_F(Object2VecTest, ATornModelIsSaidToBeDamaged) {
    ASSERT_EQ(run_tune(folder_.path(), {"run", experiment({{"budget", {{"trials", 1}}}})}).exit_code, 0);
    const std::string weights = folder_.file("runs/planted/models/planted/current/weights.safetensors");
    std::filesystem::resize_file(weights, std::filesystem::file_size(weights) - 100);
    const Finished asked = run_tune(folder_.path(), {"predict", "planted", "--in0", "w25", "--in1", "w22"});
    EXPECT_EQ(asked.exit_code, 1) << asked.out;
    EXPECT_THAT(asked.err, HasSubstr("weights.safetensors: its length is not what its header says"));
}

TEST_F(Object2VecTest, BadDataStopsTheRunBeforeAnyWorkerStartsWithFileAndLine) {
    folder_.write(
        "train.jsonl",
        "{\"label\": 1, \"in0\": [3], \"in1\": [3]}\n{\"label\": 9, \"in0\": [3], \"in1\": [99]}\n");
    const Finished run = run_tune(folder_.path(), {"run", experiment()});
    EXPECT_EQ(run.exit_code, 2);
    EXPECT_THAT(run.err, HasSubstr("train.jsonl:2"));
    EXPECT_THAT(run.err, HasSubstr("99"));
    EXPECT_FALSE(std::filesystem::exists(folder_.file("runs")));
}

// Line 1 is bad under the fixed hyperparameters, line 2 is no JSON.
TEST_F(Object2VecTest, BadLinesThatMayBeSkippedAreCountedAndTheRestIsTrainedOn) {
    folder_.write("train.jsonl", "{\"label\": 9, \"in0\": [3], \"in1\": [3]}\noops\n" + pairs(2000, 1));
    const std::string file = experiment({{"budget", {{"trials", 2}}}, {"data", {{"skip_bad_lines", 2}}}});
    const Finished run = run_tune(folder_.path(), {"run", file});
    ASSERT_EQ(run.exit_code, 0) << run.err << run.out;
    EXPECT_THAT(run.out, HasSubstr("data      train: 2,000 pairs"));
    EXPECT_THAT(run.out, HasSubstr("train.jsonl: 2 bad lines are left out"));
    for (const json& trial : leaderboard("planted")) EXPECT_EQ(trial.at("state"), "completed");
    const std::string fewer =
        experiment({{"budget", {{"trials", 2}}}, {"data", {{"skip_bad_lines", 1}}}, {"name", "fewer"}});
    const Finished refused = run_tune(folder_.path(), {"run", fewer});
    EXPECT_EQ(refused.exit_code, 2);
    EXPECT_THAT(refused.err, HasSubstr("more bad lines than skip_bad_lines = 1 allows"));
    EXPECT_THAT(refused.err, HasSubstr("train.jsonl:1: label = 9"));
}

// o2v-tune leaves the binary forms; workers find them and build none.
TEST_F(Object2VecTest, WorkersMapWhatTheCheckOfTheDataHasBuilt) {
    ASSERT_EQ(run_tune(folder_.path(), {"validate", experiment()}).exit_code, 0);
    const auto entries = [this] {
        std::map<std::string, ino_t> found;
        for (const auto& entry : std::filesystem::directory_iterator(folder_.file("cache/data"))) {
            struct stat status {};
            EXPECT_EQ(::stat(entry.path().c_str(), &status), 0);
            if (entry.path().extension() == ".pairs") found[entry.path()] = status.st_ino;
        }
        return found;
    };
    const auto before = entries();
    EXPECT_EQ(before.size(), 3U);
    ASSERT_EQ(run_tune(folder_.path(), {"run", experiment()}).exit_code, 0);
    EXPECT_EQ(entries(), before);
}

TEST_F(Object2VecTest, AFileThatHasChangedSinceIsRefused) {
    const std::string file = experiment({{"budget", {{"trials", 1}}}});
    ASSERT_EQ(run_tune(folder_.path(), {"run", file}).exit_code, 0);
    folder_.write("train.jsonl", pairs(2000, 9));
    const Finished run = run_tune(folder_.path(), {"run", file});
    EXPECT_EQ(run.exit_code, 2);
    EXPECT_THAT(run.err, HasSubstr("has changed since the study began"));
}

}  // namespace
}  // namespace o2v
#endif
