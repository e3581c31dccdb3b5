// A winner trained again on train + validation by the real programs, also when they are killed meanwhile.
#ifdef O2V_WITH_TORCH
#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "model/data/dataset.hpp"
#include "search/study/assignment.hpp"
#include "tests/orchestrator/temporary_folder.hpp"
#include "tests/process/program.hpp"

namespace o2v {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;

// Pairs of noise: the label is that of in0's token in nine of ten rows.
std::string pairs(int rows, std::uint64_t seed) {
    Rng rng(seed);
    std::ostringstream lines;
    for (int i = 0; i < rows; ++i) {
        const auto token = static_cast<int>(uniform_index(rng, 30));
        const auto label = uniform_index(rng, 10) == 0 ? static_cast<int>(uniform_index(rng, 3)) : token % 3;
        const auto other = static_cast<int>(uniform_index(rng, 30));
        lines << json{{"label", label}, {"in0", {1 + token}}, {"in1", {1 + other, 1 + token}}}.dump() << '\n';
    }
    return lines.str();
}

class RefitProcessTest : public testing::Test {
  protected:
    RefitProcessTest() {
        folder_.write("train.jsonl", pairs(3000, 1));
        folder_.write("validation.jsonl", pairs(1000, 2));
        folder_.write("test.jsonl", pairs(1000, 3));
    }
    std::string experiment(const json& more = json::object()) {
        json j{
            {"name", "noise"},
            {"data", {{"train", "train.jsonl"}, {"validation", "validation.jsonl"}, {"test", "test.jsonl"}}},
            {"objective", {{"metric", "validation:accuracy"}}},
            {"fixed",
             {{"num_classes", 3},
              {"enc0_max_seq_len", 4},
              {"enc0_vocab_size", 40},
              {"enc_dim", 16},
              {"mlp_dim", 16},
              {"epochs", 5},
              {"enc0_token_embedding_dim", 8}}},
            {"search",
             {{"strategy", "random"},
              {"seed", 5},
              {"space", {{"learning_rate", {{"type", "float"}, {"min", 0.002}, {"max", 0.02}}}}}}},
            {"budget", {{"trials", 3}}},
            {"resources", {{"slots", 1}}},
            {"promote", {{"as", "noise"}, {"refit", true}}}};
        j.merge_patch(more);
        return folder_.write("noise.json", j.dump());
    }
    json show(const std::string& model) {
        const Finished shown = run_tune(folder_.path(), {"models", "show", model, "--json"});
        EXPECT_EQ(shown.exit_code, 0) << shown.err;
        return json::parse(shown.out);
    }
    // Recorded ones, repeated ones too.
    int epochs_of_refit(const std::string& run) const {
        try {
            SQLite::Database db(folder_.file(run + "/refit/trial-0/study.db"), SQLite::OPEN_READONLY);
            return db.execAndGet("SELECT count(*) FROM event WHERE kind = 'reported'").getInt();
        } catch (const SQLite::Exception&) {
            return 0;  // it is not there yet, or being made
        }
    }
    std::string weights(const std::string& run) const {
        return data::file_hash(folder_.file(run + "/models/noise/current/weights.safetensors"));
    }

    TemporaryFolder folder_;
};

TEST_F(RefitProcessTest, TheWinnerIsTrainedOnBothAndKnowsIt) {
    const Finished run = run_tune(folder_.path(), {"run", experiment()});
    ASSERT_EQ(run.exit_code, 0) << run.err << run.out;
    EXPECT_THAT(run.out, HasSubstr("is trained again with 4,000 pairs of train and validation"));
    EXPECT_THAT(run.out, HasSubstr("promoted: runs/noise/models/noise/current (version 1)"));
    EXPECT_FALSE(fs::exists(folder_.file("runs/noise/refit")));

    const json version = show("noise"), lineage = version.at("lineage");
    const json trial = json::parse(
        run_tune(folder_.path(), {"show", lineage.at("trial").dump(), "--run", "noise", "--json"}).out);
    EXPECT_EQ(version.at("refit"), true);
    EXPECT_EQ(lineage.at("refit").at("pairs"), 4000);
    const std::int64_t epochs = lineage.at("refit").at("epochs");
    EXPECT_EQ(lineage.at("best_epoch"), epochs - 1) << "the last epoch is kept";
    EXPECT_EQ(lineage.at("refit").at("metrics_before").at("validation:accuracy"),
              trial.at("metrics").at("validation:accuracy"));
    EXPECT_TRUE(lineage.at("metrics").contains("test:accuracy"));
    EXPECT_FALSE(lineage.at("metrics").contains("validation:accuracy"));
    const json config =
        json::parse(std::ifstream(folder_.file("runs/noise/models/noise/current/config.json")));
    EXPECT_EQ(config.at("hyperparameters").at("epochs"), epochs);
    EXPECT_EQ(config.at("hyperparameters").at("learning_rate"), lineage.at("params").at("learning_rate"));

    EXPECT_THAT(run_tune(folder_.path(), {"run", folder_.file("noise.json")}).out, HasSubstr("(unchanged)"));
    const Finished plain = run_tune(folder_.path(), {"promote", "--run", "noise", "--no-refit", "--force"});
    EXPECT_EQ(plain.exit_code, 0) << plain.err;
    EXPECT_EQ(show("noise").at("refit"), false);
    const Finished again = run_tune(folder_.path(), {"promote", "--run", "noise", "--force"});
    EXPECT_EQ(again.exit_code, 0) << again.err;
    EXPECT_EQ(data::file_hash(folder_.file("runs/noise/models/noise/1/weights.safetensors")),
              weights("runs/noise"))
        << "a refit is a function of the study";
}

TEST_F(RefitProcessTest, OneThatIsKilledOrInterruptedGoesOnToTheSameWeights) {
    folder_.write("train.jsonl", pairs(20000, 1));
    const json slow{{"fixed", {{"epochs", 4}, {"early_stopping_patience", 0}, {"learning_rate", 0.0005}}},
                    {"objective", {{"metric", "validation:accuracy"}, {"keep", "last"}}},
                    {"search", nullptr},
                    {"budget", {{"trials", 1}}},
                    {"notify", {{"command", {"/bin/sh", "-c", "echo $O2V_END > $O2V_FOLDER/told"}}}}};
    const std::string file = experiment(slow);
    ASSERT_EQ(run_tune(folder_.path(), {"run", file, "--out", "whole"}).exit_code, 0);
    for (const int signal : {SIGKILL, SIGTERM}) {
        Program program(folder_.path(), tune({"run", file, "--out", "broken"}));
        ASSERT_TRUE(program.wait_for("pairs of train and validation")) << program.output();
        const int before = epochs_of_refit("broken");
        for (int i = 0; i < 6000 && epochs_of_refit("broken") == before; ++i) usleep(5'000);
        ASSERT_TRUE(program.running()) << "the refit was too short to be broken off: " << program.output();
        program.signal(signal);
        EXPECT_EQ(program.wait().exit_code, signal == SIGKILL ? 128 + SIGKILL : 130);
        EXPECT_FALSE(fs::exists(folder_.file("broken/models/noise/current")));
    }
    const Finished rest = run_tune(folder_.path(), {"run", file, "--out", "broken"});
    EXPECT_EQ(rest.exit_code, 0) << rest.err << rest.out;
    EXPECT_THAT(rest.out, HasSubstr("is trained on from epoch"));
    EXPECT_FALSE(fs::exists(folder_.file("broken/refit")));
    EXPECT_EQ(weights("broken"), weights("whole"));
    std::string told;
    std::getline(std::ifstream(folder_.file("broken/told")), told);
    EXPECT_EQ(told, "done") << "though the study was complete when this run began";
}

TEST_F(RefitProcessTest, StopFromAnotherTerminalInterruptsIt) {
    folder_.write("train.jsonl", pairs(20000, 1));
    const std::string file = experiment({{"fixed", {{"epochs", 3}, {"early_stopping_patience", 0}}},
                                         {"objective", {{"metric", "validation:accuracy"}, {"keep", "last"}}},
                                         {"budget", {{"trials", 1}}}});
    Program program(folder_.path(), tune({"run", file}));
    ASSERT_TRUE(program.wait_for("pairs of train and validation")) << program.output();
    EXPECT_EQ(run_tune(folder_.path(), {"stop", "noise"}).exit_code, 0);
    EXPECT_EQ(program.wait().exit_code, 130) << program.output();
    EXPECT_FALSE(fs::exists(folder_.file("runs/noise/models/noise/current")));
}

TEST_F(RefitProcessTest, ChangedDataIsRefused) {
    const std::string file = experiment({{"promote", {{"refit", false}}}});
    ASSERT_EQ(run_tune(folder_.path(), {"run", file}).exit_code, 0);
    folder_.write("validation.jsonl", pairs(1000, 9));
    const Finished refused = run_tune(folder_.path(), {"promote", "0", "--refit", "--as", "other"});
    EXPECT_EQ(refused.exit_code, 2);
    EXPECT_THAT(refused.err, HasSubstr("/data/validation"));
    EXPECT_THAT(refused.err, HasSubstr("has another content than when the study began"));
}

}  // namespace
}  // namespace o2v
#endif
