// Studies of real trainings that go by figures which are measured only when asked for.
#ifdef O2V_WITH_TORCH
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "search/study/assignment.hpp"
#include "tests/orchestrator/temporary_folder.hpp"
#include "tests/process/program.hpp"

namespace o2v {
namespace {

using nlohmann::json;
using testing::HasSubstr;

constexpr int kWords = 40, kGroups = 4;

// Words w2..w41 in four groups: two words of one group belong together (label 1), others do not.
std::string pairs(int rows, std::uint64_t seed, bool only_wrong = false) {
    Rng rng(seed);
    std::ostringstream lines;
    const auto any = [&](int groups) {
        return static_cast<int>(uniform_index(rng, static_cast<std::uint64_t>(groups)));
    };
    for (int i = 0; i < rows; ++i) {
        const bool together = !only_wrong && any(2) == 1;
        const int group = any(kGroups), other = together ? group : (group + 1 + any(kGroups - 1)) % kGroups;
        const auto word = [&](int of) { return 2 + of * (kWords / kGroups) + any(kWords / kGroups); };
        const int in0 = word(group), in1 = word(other);
        lines << json{{"label", together ? 1 : 0}, {"in0", {in0}}, {"in1", {in1}}}.dump() << '\n';
    }
    return lines.str();
}

class FiguresTest : public testing::Test {
  protected:
    FiguresTest() {
        folder_.write("train.jsonl", pairs(3000, 1));
        folder_.write("validation.jsonl", pairs(400, 2));
        folder_.write("test.jsonl", pairs(400, 3));
    }
    std::string experiment(const json& more) {
        json j{
            {"name", "figures"},
            {"data", {{"train", "train.jsonl"}, {"validation", "validation.jsonl"}, {"test", "test.jsonl"}}},
            {"fixed",
             {{"num_classes", 2},
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
               {{"learning_rate", {{"type", "float"}, {"min", 0.005}, {"max", 0.05}, {"scale", "log"}}}}}}},
            {"budget", {{"trials", 2}}},
            {"resources", {{"slots", 1}}},
            {"promote", {{"as", "figures"}}}};
        j.merge_patch(more);
        return folder_.write("figures.json", j.dump());
    }
    json leaderboard() {
        return json::parse(
            run_tune(folder_.path(), {"leaderboard", "figures", "--all", "--format", "json"}).out);
    }
    // What the promoted model is found to be on the validation set by `o2v-tune evaluate`.
    json evaluated() {
        const Finished asked =
            run_tune(folder_.path(), {"evaluate", "figures", "--data", "validation.jsonl", "--retrieval",
                                      "1000", "--queries", "1000", "--resamples", "0", "--json"});
        EXPECT_EQ(asked.exit_code, 0) << asked.err;
        return json::parse(asked.out);
    }

    TemporaryFolder folder_;
};

TEST_F(FiguresTest, AStudyGoesByF1AndKeepsItsEpoch) {
    const std::string file =
        experiment({{"objective", {{"metric", "validation:f1_macro"}, {"keep", "objective"}}},
                    {"constraints",
                     {{{"metric", "validation:roc_auc"}, {"min", 0.5}},
                      {{"metric", "validation:calibration_error"}, {"max", 0.9}}}}});
    const Finished run = run_tune(folder_.path(), {"run", file});
    ASSERT_EQ(run.exit_code, 0) << run.err << run.out;
    const json trials = leaderboard();
    ASSERT_EQ(trials.size(), 2U);
    for (const json& trial : trials) {
        const json& metrics = trial.at("metrics");
        EXPECT_EQ(trial.at("value"), metrics.at("validation:f1_macro"));
        for (const char* name : {"test:f1_macro", "validation:roc_auc", "test:calibration_error"})
            EXPECT_TRUE(metrics.contains(name)) << name;
        for (const char* name : {"validation:mrr", "latency_p99_ms", "validation:f1_weighted"})
            EXPECT_FALSE(metrics.contains(name)) << name << " was not asked for";
    }
    EXPECT_GE(trials.front().at("value"), trials.back().at("value")) << "more is better";
    const json found = evaluated().at("classification").at("metrics");
    const json& best = trials.front().at("metrics");
    EXPECT_NEAR(best.at("validation:f1_macro"), found.at("f1_macro").at("value"), 1e-5);
    EXPECT_NEAR(best.at("validation:roc_auc"), found.at("roc_auc").at("value"), 1e-5);
    EXPECT_NEAR(best.at("validation:calibration_error"), found.at("calibration_error").at("value"), 1e-4);
}

TEST_F(FiguresTest, AStudyGoesByHitsWithinALatencyAndIsReproducedButForIt) {
    const std::string file = experiment({{"objective", {{"metric", "validation:hits@10"}}},
                                         {"constraints",
                                          {{{"metric", "latency_p99_ms"}, {"max", 60000}},
                                           {{"metric", "validation:mean_rank"}, {"min", 1}}}}});
    const Finished run = run_tune(folder_.path(), {"run", file});
    ASSERT_EQ(run.exit_code, 0) << run.err << run.out;
    const json trials = leaderboard();
    ASSERT_EQ(trials.size(), 2U);
    for (const json& trial : trials) {
        EXPECT_GT(trial.at("metrics").at("latency_p99_ms"), 0);
        EXPECT_TRUE(trial.at("metrics").contains("test:hits@10"));
        EXPECT_FALSE(trial.at("metrics").contains("latency_p50_ms"));
    }
    const json found = evaluated().at("retrieval").at("metrics");
    const json& best = trials.front().at("metrics");
    EXPECT_NEAR(best.at("validation:hits@10"), found.at("hits@10").at("value"), 1e-3);
    EXPECT_NEAR(best.at("validation:mean_rank"), found.at("mean_rank").at("value"), 1e-2);
    const Finished again = run_tune(folder_.path(), {"reproduce", "0", "--run", "figures"});
    EXPECT_EQ(again.exit_code, 0) << again.out << again.err;
}

TEST_F(FiguresTest, DataWithoutARightPairIsRefusedBeforeAnythingStarts) {
    folder_.write("validation.jsonl", pairs(50, 2, /*only_wrong=*/true));
    const Finished ranked =
        run_tune(folder_.path(), {"validate", experiment({{"objective", {{"metric", "validation:mrr"}}}})});
    EXPECT_EQ(ranked.exit_code, 2);
    EXPECT_THAT(ranked.err, HasSubstr("/data/validation: has no pair with a label above 0"));
    const Finished area =
        run_tune(folder_.path(), {"run", experiment({{"objective", {{"metric", "validation:roc_auc"}}}})});
    EXPECT_EQ(area.exit_code, 2);
    EXPECT_THAT(area.err, HasSubstr("/data/validation: has pairs of one class only"));
    EXPECT_FALSE(std::filesystem::exists(folder_.file("runs")));
}

}  // namespace
}  // namespace o2v
#endif
