// o2v-tune bench and compare, as a person or CI calls them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <SQLiteCpp/SQLiteCpp.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/bench_result.hpp"
#include "tests/orchestrator/temporary_folder.hpp"
#include "tests/process/program.hpp"

namespace o2v {
namespace {

using nlohmann::json;
using testing::HasSubstr;

class BenchTest : public testing::Test {
  protected:
    std::string branin(const json& more = json::object()) {
        json j = json::parse(R"json({"name": "small",
            "experiment": {"problem": "branin", "fixed": {"x0": 1, "x1": 2, "epochs": 3},
                           "objective": {"metric": "validation:loss"}},
            "configurations": [{"name": "a"}, {"name": "b", "set": {"epochs": 4}}],
            "suggestion": {"strategies": ["random"], "history": 3, "suggestions": 2},
            "target": 1000, "repeats": 2, "warmup": 1})json");
        j.merge_patch(more);
        return folder_.write("small.json", j.dump());
    }
    Finished bench(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), "bench");
        return run_tune(folder_.path(), std::move(arguments));
    }
    // The files DIR/<time>.json, in order.
    std::vector<std::string> results(const std::string& out = "runs/bench-small") {
        std::vector<std::string> files;
        for (const auto& entry : std::filesystem::directory_iterator(folder_.file(out)))
            if (entry.path().extension() == ".json") files.push_back(entry.path().string());
        std::sort(files.begin(), files.end());
        return files;
    }
    static json read(const std::string& path) { return json::parse(std::ifstream(path)); }
    static json series(const json& result, const std::string& configuration, const std::string& measure) {
        for (const json& one : result.at("series"))
            if (one.at("configuration") == configuration && one.at("measure") == measure) return one;
        return nullptr;
    }
    std::string fixture(const std::string& name, const BenchValues& seconds,
                        const nlohmann::ordered_json& changes = nlohmann::ordered_json::object()) {
        return folder_.write(name, bench_result(seconds, changes).dump());
    }
    Finished compare(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), "compare");
        return run_tune(folder_.path(), std::move(arguments));
    }
    TemporaryFolder folder_;
};

TEST_F(BenchTest, MeasuresEveryConfigurationInTurnAndRecordsAll) {
    const Finished finished = bench({branin(), "--instance", "ml.m5.xlarge"});
    ASSERT_EQ(finished.exit_code, 0) << finished.out << finished.err;
    EXPECT_THAT(finished.out, HasSubstr("secondary source"));
    EXPECT_THAT(finished.out, HasSubstr("[9/9]"));
    ASSERT_EQ(results().size(), 1U);
    const json result = read(results().front());
    EXPECT_EQ(result.at("complete"), true);
    EXPECT_TRUE(result.at("failures").empty());
    EXPECT_EQ(result.at("instance").at("name"), "ml.m5.xlarge");
    for (const char* part : {"cpu", "cores", "logical_cpus", "memory_bytes", "kernel", "gpus"})
        EXPECT_TRUE(result.at("machine").contains(part)) << part;
    EXPECT_EQ(result.at("code").at("programs").size(), 2U);
    EXPECT_EQ(series(result, "a", "epochs").at("values"), json({3, 3}));
    EXPECT_EQ(series(result, "b", "epochs").at("values"), json({4, 4}));
    EXPECT_EQ(series(result, "b", "epochs").at("warmup"), json({4}));
    for (const char* measure : {"startup_seconds", "train_seconds", "train_cpu_seconds", "seconds_to_target",
                                "cost_to_target", "metric:validation:loss"})
        EXPECT_EQ(series(result, "a", measure).at("values").size(), 2U) << measure;
    EXPECT_EQ(series(result, "a", "cost_to_target").at("unit"), "USD");
    EXPECT_EQ(series(result, "(search)", "suggest_seconds.random").at("values").size(), 2U);
    EXPECT_EQ(result.at("reference").at("cpu_seconds").at("values").size(), 9U);

    SQLite::Database database(folder_.file("runs/bench-small/bench.db"));
    EXPECT_EQ(database.execAndGet("SELECT count(*) FROM step").getInt(), 9);
    EXPECT_EQ(database
                  .execAndGet("SELECT count(*) FROM sample JOIN step ON step.id = step WHERE repeat >= 0 AND "
                              "measure = 'train_seconds'")
                  .getInt(),
              4);
    std::string order;  // each repeat begins with another configuration
    SQLite::Statement steps(database, "SELECT name FROM step WHERE name LIKE 'train%' ORDER BY id");
    while (steps.executeStep()) order += steps.getColumn(0).getString().back();
    EXPECT_EQ(order, "abbaab");
}

TEST_F(BenchTest, AnInterruptedRunIsContinuedWithoutMeasuringTwice) {
    const std::string file = branin({{"experiment", {{"fixed", {{"epoch_seconds", 0.2}}}}}, {"repeats", 3}});
    Program first(folder_.path(), tune({"bench", file}));
    ASSERT_TRUE(first.wait_for("[3/12]"));
    kill(-first.pid(), SIGINT);  // the whole group, as a terminal does
    const Finished interrupted = first.wait();
    EXPECT_EQ(interrupted.exit_code, 130) << interrupted.out << interrupted.err;
    EXPECT_THAT(interrupted.out, HasSubstr("the same command continues"));
    ASSERT_EQ(results().size(), 1U);
    EXPECT_EQ(read(results().front()).at("complete"), false);

    const Finished finished = bench({file});
    EXPECT_EQ(finished.exit_code, 0) << finished.out << finished.err;
    EXPECT_THAT(finished.out, HasSubstr("is continued"));
    EXPECT_THAT(finished.out, testing::Not(HasSubstr("[3/12]")));
    ASSERT_EQ(results().size(), 1U);  // the same run
    const json result = read(results().front());
    EXPECT_EQ(result.at("complete"), true);
    EXPECT_EQ(series(result, "a", "train_seconds").at("values").size(), 3U);
    EXPECT_EQ(series(result, "b", "train_seconds").at("values").size(), 3U);
}

TEST_F(BenchTest, AFailingConfigurationIsToldAndTheOthersAreMeasured) {
    folder_.write("train.sh", "#!/bin/sh\n[ $1 = good ] && echo loss=1 || { echo broken pipe; exit 3; }\n");
    std::filesystem::permissions(folder_.file("train.sh"), std::filesystem::perms::owner_all);
    const std::string file = folder_.write("small.json", R"json({"name": "small", "warmup": 0, "repeats": 1,
        "experiment": {"objective": {"command": ["./train.sh", "{how}"], "metric": "loss", "direction": "minimize",
                                     "metrics": [{"name": "loss", "regex": "^loss=(\\S+)"}]}},
        "configurations": [{"name": "good", "set": {"how": "good"}}, {"name": "bad", "set": {"how": "bad"}}]})json");
    const Finished finished = bench({file});
    EXPECT_EQ(finished.exit_code, 1) << finished.out << finished.err;
    EXPECT_THAT(finished.err, HasSubstr("FAILED"));
    const json result = read(results().front());
    ASSERT_EQ(result.at("failures").size(), 1U);
    EXPECT_EQ(result.at("failures")[0].at("step"), "train:bad");
    EXPECT_EQ(series(result, "good", "metric:loss").at("values"), json({1}));
    EXPECT_EQ(series(result, "bad", "train_seconds"), nullptr);
}

TEST_F(BenchTest, BadInputIsRefusedBeforeAnythingIsWritten) {
    const std::string file = branin();
    for (const auto& [arguments, words] : std::vector<std::pair<std::vector<std::string>, std::string>>{
             {{file, "--instance", "ml.m5.2xlarg"}, "did you mean ml.m5.2xlarge?"},
             {{file, "--memory", "lots"}, "--memory = lots"},
             {{file, "--cores", "100000"}, "100000"},
             {{file, "--only", "c"}, "there are a, b"},
             {{file, "--repeats", "0"}, "--repeats"},
             {{file, "--catalog", "nowhere.json"}, "nowhere.json"},
             {{"nowhere.json"}, "nowhere.json"},
             {{}, "FILE"}}) {
        const Finished finished = bench(arguments);
        EXPECT_EQ(finished.exit_code, 2) << words;
        EXPECT_THAT(finished.err, HasSubstr(words));
    }
    const Finished dry = bench({file, "--dry-run"});
    EXPECT_EQ(dry.exit_code, 0);
    EXPECT_THAT(dry.out, HasSubstr("train:a"));
    EXPECT_THAT(dry.out, HasSubstr("suggest:random"));
    EXPECT_THAT(bench({file, "--dry-run", "--skip", "suggestion"}).out, testing::Not(HasSubstr("suggest")));
    EXPECT_FALSE(std::filesystem::exists(folder_.file("runs")));
    EXPECT_THAT(bench({"--list-instances"}).out, HasSubstr("ml.g5.48xlarge"));
}

TEST_F(BenchTest, DataIsCheckedBeforeAnythingIsWritten) {
    const std::string file = folder_.write("small.json", R"json({"name": "small", "loading": true,
        "experiment": {"data": {"train": "none.jsonl", "validation": "none.jsonl"},
                       "fixed": {"num_classes": 4, "enc0_vocab_size": 60, "enc0_max_seq_len": 6}}})json");
    for (const char* option : {"--dry-run", "--quiet"}) {
        const Finished finished = bench({file, option});
        EXPECT_EQ(finished.exit_code, 2) << finished.out;
        EXPECT_THAT(finished.err, HasSubstr("none.jsonl"));
    }
    EXPECT_FALSE(std::filesystem::exists(folder_.file("runs")));
}

TEST_F(BenchTest, ALimitOfMemoryIsTheWorkersAndAFileMayHaveAnyName) {
    const std::string file = folder_.file("caf\xe9.json");  // no UTF-8
    std::filesystem::rename(branin({{"repeats", 1}, {"warmup", 0}}), file);
    const Finished finished = bench({file, "--memory", "40M", "--json"});  // less than the reference loop's
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    EXPECT_EQ(json::parse(finished.out).at("confinement").at("memory_bytes"), 40 << 20);
    const Finished little = bench({file, "--memory", "1M", "--out", "little"});
    EXPECT_EQ(little.exit_code, 1) << little.out;
    EXPECT_THAT(little.err, HasSubstr("worker"));
}

TEST_F(BenchTest, CompareTellsEqualFromSlowerAndGatesIt) {
    const std::string a = fixture("a.json", repeats_of(1)), same = fixture("b.json", repeats_of(1)),
                      slower = fixture("c.json", repeats_of(1.1));
    const Finished equal = compare({a, same, "--fail-if", "slower=1.0"});
    EXPECT_EQ(equal.exit_code, 0) << equal.err;
    EXPECT_THAT(equal.out, HasSubstr("no difference seen"));
    const Finished planted = compare({a, slower, "--fail-if", "slower=1.05", "--fail-if", "memory=1.2"});
    EXPECT_EQ(planted.exit_code, 1);
    EXPECT_THAT(planted.out, HasSubstr("10.0 % slower"));
    EXPECT_THAT(planted.err, HasSubstr("train_seconds of hcnn is worse by a factor of 1.100"));
    EXPECT_EQ(compare({a, slower, "--fail-if", "slower=1.2"}).exit_code, 0);
    EXPECT_EQ(compare({a, slower}).exit_code, 0);
    const Finished together = compare({a + "," + same, slower});
    EXPECT_EQ(together.exit_code, 0) << together.err;
    EXPECT_THAT(together.out, HasSubstr("16 repeats"));
    EXPECT_EQ(compare({a + "," + folder_.file("none.json"), slower}).exit_code, 2);
    EXPECT_EQ(compare({",", slower}).exit_code, 2);
    const Finished page = compare({a, same, slower, "--format", "html", "-o", "page.html"});
    EXPECT_EQ(page.exit_code, 0) << page.err;
    EXPECT_GT(std::filesystem::file_size(folder_.file("page.html")), 2000U);
    EXPECT_EQ(json::parse(compare({a, slower, "--format", "json"}).out).at("comparable"), true);
}

TEST_F(BenchTest, CompareRefusesWhatDoesNotCompare) {
    const std::string a = fixture("a.json", repeats_of(1));
    const std::string other = fixture(
        "b.json", repeats_of(1), {{"data", {{"train", {{"xxh3", "bb"}}}}}, {"settings", {{"seeds", {3}}}}});
    const Finished refused = compare({a, other});
    EXPECT_EQ(refused.exit_code, 2);
    EXPECT_THAT(refused.err, HasSubstr("has other data: /train/xxh3: \"aa\", here \"bb\""));
    EXPECT_THAT(refused.err, HasSubstr("--allow data,seeds"));
    EXPECT_EQ(compare({a, other, "--allow", "data,seeds"}).exit_code, 0);
    EXPECT_EQ(compare({a, other, "--allow", "data"}).exit_code, 2);
    for (const auto& [arguments, words] : std::vector<std::pair<std::vector<std::string>, std::string>>{
             {{a, other, "--allow", "dat"}, "did you mean data?"},
             {{a, folder_.file("none.json")}, "none.json"},
             {{a, folder_.write("empty.json", "")}, "empty.json"},
             {{a, folder_.write("list.json", "[1]")}, "is no result of o2v-tune bench"},
             {{a, folder_.path() + "/nothing-in-it"}, "nothing-in-it"},
             {{a, a, "--fail-if", "slower"}, "slower=1.10"},
             {{a, a, "--fail-if", "fast=1.1"}, "--fail-if = fast"},
             {{a, a, "--format", "xml"}, "--format"},
             {{a}, "RESULT"}}) {
        std::filesystem::create_directory(folder_.file("nothing-in-it"));
        const Finished finished = compare(arguments);
        EXPECT_EQ(finished.exit_code, 2) << words;
        EXPECT_THAT(finished.err, HasSubstr(words));
    }
}

TEST_F(BenchTest, TwoRunsOfOneBenchmarkCompareByTheirFolders) {
    const std::string file = branin();
    ASSERT_EQ(bench({file, "--out", "one", "--quiet"}).exit_code, 0);
    ASSERT_EQ(bench({file, "--out", "two", "--quiet"}).exit_code, 0);
    const Finished finished = compare({"one", "two"});
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    EXPECT_THAT(finished.out, HasSubstr("the same"));
    EXPECT_THAT(finished.out, HasSubstr("fewer than 5 repeats"));
    ASSERT_EQ(bench({file, "--out", "three", "--quiet", "--only", "a"}).exit_code, 0);
    EXPECT_EQ(compare({"one", "three"}).exit_code, 2);
}

#ifdef O2V_WITH_TORCH
TEST_F(BenchTest, Object2VecIsTrainedServedAndRead) {
    const std::string file = folder_.write("small.json", R"json({"name": "small", "warmup": 0, "repeats": 1,
        "target": 0.2, "loading": true, "inference": {"requests": 20, "bulk_rows": 400, "rows_per_request": 50},
        "synthetic": {"train": 600, "validation": 100, "classes": 4, "vocabulary": 60, "longest0": 3, "longest1": 6},
        "experiment": {"objective": {"metric": "validation:accuracy", "direction": "maximize"},
            "fixed": {"num_classes": 4, "enc0_vocab_size": 60, "enc0_max_seq_len": 6, "enc0_token_embedding_dim": 8,
                      "enc_dim": 8, "mlp_dim": 8, "mlp_layers": 1, "epochs": 2, "learning_rate": 0.01}},
        "configurations": [{"name": "pooled_embedding"}, {"name": "bilstm", "set": {"enc0_network": "bilstm"}}]})json");
    const Finished finished = bench({file, "--instance", "ml.m5.large-of-mine", "--catalog",
                                     folder_.write("mine.json", R"json({"currency": "EUR", "instances": [
                                        {"name": "ml.m5.large-of-mine", "vcpu": 1, "memory_gib": 1,
                                         "price": {"per_hour": 3.6, "as_of": "2026", "source": "a bill"}}]})json"),
                                     "--memory", "8G"});
    ASSERT_EQ(finished.exit_code, 0) << finished.out << finished.err;
    const json result = read(results().front());
    for (const char* configuration : {"pooled_embedding", "bilstm"})
        for (const char* measure :
             {"train_pairs_per_second", "peak_memory_bytes", "model_bytes", "seconds_to_target",
              "embedding.latency_p50_seconds", "embedding.rows_per_second",
              "classification.latency_p99_seconds", "classification.server_start_seconds",
              "classification.peak_memory_bytes"}) {
            ASSERT_NE(series(result, configuration, measure), nullptr) << configuration << measure;
            EXPECT_GT(series(result, configuration, measure).at("values")[0].get<double>(), 0);
        }
    const double seconds = series(result, "bilstm", "seconds_to_target").at("values")[0],
                 cost = series(result, "bilstm", "cost_to_target").at("values")[0];
    EXPECT_NEAR(cost, seconds * 3.6 / 3600, 1e-12);
    EXPECT_EQ(series(result, "bilstm", "cost_to_target").at("unit"), "EUR");
    EXPECT_GT(series(result, "(data)", "read_json_pairs_per_second").at("values")[0].get<double>(), 0);
    EXPECT_FALSE(result.at("worker").at("torch").get<std::string>().empty());
    EXPECT_FALSE(result.at("worker").at("blas").get<std::string>().empty());
    EXPECT_THAT(result.at("confinement").at("memory_by").get<std::string>(), HasSubstr("RLIMIT_DATA"));
    EXPECT_FALSE(std::filesystem::exists(folder_.file("runs/bench-small/work")));
    EXPECT_EQ(result.at("code").at("programs").size(), 3U);
}
#endif

}  // namespace
}  // namespace o2v
