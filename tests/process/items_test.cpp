// The real programs look among items and judge a small trained model.
#ifdef O2V_WITH_TORCH
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/orchestrator/temporary_folder.hpp"
#include "tests/process/program.hpp"

namespace o2v {
namespace {

using nlohmann::json;
using testing::HasSubstr;

// Pairs whose label says whether both sides are of the same half of the words: ids 2 to 11, and 12 to 21.
std::string pairs(int rows) {
    std::string lines;
    for (int i = 0; i < rows; ++i) {
        const int half = i % 2, other = i / 2 % 2;
        const int in0 = 2 + 10 * half + i % 7, in1 = 2 + 10 * other + i % 9;
        lines += json{{"label", half == other ? 1 : 0}, {"in0", {in0}}, {"in1", {in1}}}.dump() + '\n';
    }
    return lines;
}

class ItemsTest : public testing::Test {
  protected:
    static void SetUpTestSuite() {
        folder_ = new TemporaryFolder;
        folder_->write("train.jsonl", pairs(1000));
        folder_->write("test.jsonl", pairs(200));
        json words{{"<pad>", 0}, {"<unk>", 1}};
        for (int id = 2; id < 22; ++id) words["w" + std::to_string(id)] = id;
        folder_->write("words.json", words.dump());
        json fixed{{"num_classes", 2},      {"enc_dim", 8},         {"epochs", 12},
                   {"mlp_dim", 16},         {"dropout", 0},         {"optimizer", "adam"},
                   {"mini_batch_size", 16}, {"learning_rate", 0.02}};
        for (const std::string side : {"enc0", "enc1"}) {
            fixed[side + "_network"] = "pooled_embedding";
            fixed[side + "_vocab_size"] = 22;
            fixed[side + "_max_seq_len"] = 3;
        }
        folder_->write("x.json", json{{"name", "x"},
                                      {"data", {{"train", "train.jsonl"}, {"vocabulary", "words.json"}}},
                                      {"fixed", fixed}}
                                     .dump());
        std::ofstream items(folder_->file("items.jsonl"));
        for (int id = 2; id < 21; ++id) items << json{{"in1", {id}}}.dump() << '\n';
        items << R"({"in1": "w21", "name": "the last"})" << '\n';
        items.close();
        const Finished trained = run_tune(folder_->path(), {"train", "x.json", "--as", "m", "--quiet"});
        ASSERT_EQ(trained.exit_code, 0) << trained.err;
    }
    static void TearDownTestSuite() {
        delete folder_;
        folder_ = nullptr;
    }
    static Finished run(const std::vector<std::string>& arguments) {
        return run_tune(folder_->path(), arguments);
    }

    static TemporaryFolder* folder_;
};
TemporaryFolder* ItemsTest::folder_ = nullptr;

TEST_F(ItemsTest, AnIndexAnswersInWords) {
    const Finished made = run({"index", "m", "--items", "items.jsonl"});
    ASSERT_EQ(made.exit_code, 0) << made.err;
    EXPECT_THAT(made.out, HasSubstr("index-in1: 20 items of 8 numbers, cosine, exact"));
    EXPECT_THAT(made.out, HasSubstr("recall@10 1.0000"));
    const Finished asked = run({"neighbors", "m", "--query", "w21", "--query", "[5]", "--k", "2", "--json"});
    ASSERT_EQ(asked.exit_code, 0) << asked.err;
    std::istringstream lines(asked.out);
    std::string line;
    std::getline(lines, line);
    EXPECT_EQ(json::parse(line).at("neighbors").at(0).at("name"), "the last");
    EXPECT_NEAR(json::parse(line).at("neighbors").at(0).at("score"), 1, 1e-5);
    std::getline(lines, line);
    EXPECT_EQ(json::parse(line).at("neighbors").at(0).at("name"), "w5");
    EXPECT_EQ(json::parse(line).at("neighbors").size(), 2U);
    folder_->write("twice.jsonl", R"({"in1": [5]})"
                                  "\n"
                                  R"({"in1": "w5", "name": "again"})"
                                  "\n"
                                  R"({"in1": [6]})"
                                  "\n");
    EXPECT_THAT(run({"index", "m", "--items", "twice.jsonl", "--out", "twice"}).out,
                HasSubstr("twice: 2 items"));
    EXPECT_THAT(run({"index", "m", "--out", "all"}).out, HasSubstr("all: 21 items")) << "the vocabulary";
}

TEST_F(ItemsTest, WhatIsWrongIsSaid) {
    const Finished none = run({"neighbors", "m", "--query", "w2", "--side", "in0"});
    EXPECT_EQ(none.exit_code, 2);
    EXPECT_THAT(none.err, HasSubstr("there is no index yet"));
    ASSERT_EQ(run({"index", "m", "--items", "items.jsonl", "--out", "own"}).exit_code, 0);
    const Finished bad = run({"neighbors", "m", "--query", "[22]", "--index", "own"});
    EXPECT_EQ(bad.exit_code, 2);
    EXPECT_THAT(bad.err, HasSubstr("--query: in1[0] = 22"));
    std::ofstream(folder_->file("own/items.jsonl"), std::ios::app) << "{}\n";
    const Finished damaged = run({"neighbors", "m", "--query", "w2", "--index", "own"});
    EXPECT_EQ(damaged.exit_code, 1);
    EXPECT_THAT(damaged.err, HasSubstr("own/items.jsonl: damaged"));
    folder_->write("precious", "text");
    EXPECT_EQ(run({"index", "m", "--items", "items.jsonl", "--out", "precious"}).exit_code, 2);
}

TEST_F(ItemsTest, RecommendsWhatThePairsHaveTaught) {
    const Finished exact =
        run({"recommend", "m", "--in0", "w3", "--items", "items.jsonl", "--k", "5", "--json"});
    ASSERT_EQ(exact.exit_code, 0) << exact.err;
    const json all = json::parse(exact.out);
    EXPECT_EQ(all.at("scored"), 20);
    for (const json& item : all.at("items")) EXPECT_LT(item.at("item"), 9) << "of the first half";
    const std::string best = all.at("items").at(0).at("name");

    folder_->write("seen.jsonl", json{{"in1", best}}.dump() + '\n');
    const Finished rest = run({"recommend", "m", "--in0", "w3", "--items", "items.jsonl", "--k", "5",
                               "--json", "--exclude", "seen.jsonl"});
    EXPECT_EQ(json::parse(rest.out).at("scored"), 19);
    EXPECT_EQ(json::parse(rest.out).at("items").at(0), all.at("items").at(1));

    ASSERT_EQ(run({"index", "m", "--items", "items.jsonl", "--out", "near"}).exit_code, 0);
    const Finished near =
        run({"recommend", "m", "--in0", "w3", "--index", "near", "--rerank", "20", "--json"});
    ASSERT_EQ(near.exit_code, 0) << near.err;
    EXPECT_EQ(json::parse(near.out).at("items").at(0).at("name"), best) << "all were scored again";
}

TEST_F(ItemsTest, ClustersAreTheHalves) {
    const Finished done = run({"cluster", "m", "--items", "items.jsonl", "--k", "2", "--output", "c.jsonl",
                               "--html", "c.html", "--json"});
    ASSERT_EQ(done.exit_code, 0) << done.err;
    const json found = json::parse(done.out);
    EXPECT_EQ(found.at("clusters").size(), 2U);
    EXPECT_GT(found.at("silhouette"), 0);
    std::ifstream lines(folder_->file("c.jsonl"));
    int rows = 0;
    for (std::string line; std::getline(lines, line); ++rows) EXPECT_LT(json::parse(line).at("cluster"), 2);
    EXPECT_EQ(rows, 20);
    std::ifstream page(folder_->file("c.html"));
    const std::string html{std::istreambuf_iterator<char>(page), {}};
    EXPECT_THAT(html, HasSubstr("<title>the last</title>"));
    EXPECT_EQ(html.find("http"), std::string::npos) << "nothing is loaded";
    EXPECT_EQ(run({"cluster", "m", "--items", "items.jsonl", "--k", "21"}).exit_code, 2);
}

TEST_F(ItemsTest, EvaluationTellsFiguresWithIntervals) {
    const Finished text = run({"evaluate", "m", "--data", "test.jsonl"});
    ASSERT_EQ(text.exit_code, 0) << text.err;
    EXPECT_THAT(text.out, HasSubstr("macro F1"));
    EXPECT_THAT(text.out, HasSubstr("label \\ predicted"));
    const Finished done =
        run({"evaluate", "m", "--data", "test.jsonl", "--retrieval", "10", "--hits", "1,3", "--json"});
    ASSERT_EQ(done.exit_code, 0) << done.err;
    const json found = json::parse(done.out);
    const json accuracy = found.at("classification").at("metrics").at("accuracy");
    EXPECT_GT(accuracy.at("value"), 0.9);
    EXPECT_LE(accuracy.at("low"), accuracy.at("value"));
    const json metrics = found.at("retrieval").at("metrics");
    EXPECT_LE(metrics.at("hits@1").at("value"), metrics.at("hits@3").at("value"));
    EXPECT_FALSE(metrics.contains("hits@5"));
    EXPECT_EQ(
        done.out,
        run({"evaluate", "m", "--data", "test.jsonl", "--retrieval", "10", "--hits", "1,3", "--json"}).out)
        << "the same for the same seed";
}

}  // namespace
}  // namespace o2v
#endif
