#include "orchestrator/benchmark.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <SQLiteCpp/SQLiteCpp.h>

#include <nlohmann/json.hpp>

#include "model/data/dataset.hpp"
#include "model/hyperparameters/hyperparameters.hpp"
#include "orchestrator/benchmark_record.hpp"
#include "search/study/errors.hpp"
#include "tests/orchestrator/temporary_folder.hpp"

namespace o2v::orchestrator {
namespace {

using nlohmann::json;
using testing::HasSubstr;

class BenchmarkTest : public testing::Test {
  protected:
    Benchmark load(const json& content, const BenchmarkChoices& choices = {}) {
        return load_benchmark(folder_.write("b.json", content.dump()), folder_.file("data"), choices);
    }
    std::string error(const json& content, const BenchmarkChoices& choices = {}) {
        try {
            load(content, choices);
        } catch (const InputError& e) {
            return e.what();
        }
        return "no error";
    }
    static json branin(const json& more = json::object()) {
        json j{{"name", "b"},
               {"experiment",
                {{"problem", "branin"},
                 {"objective", {{"metric", "validation:loss"}}},
                 {"fixed", {{"x0", 1}, {"x1", 2}, {"epochs", 2}}}}},
               {"configurations", {{{"name", "short"}}, {{"name", "long"}, {"set", {{"epochs", 9}}}}}}};
        j.merge_patch(more);
        return j;
    }
    TemporaryFolder folder_;
};

TEST_F(BenchmarkTest, TheCommittedFileIsGood) {
    const Benchmark benchmark = load_benchmark(O2V_SOURCE_DIR "/experiments/benchmarks/object2vec.json",
                                               folder_.file("data"), {{}, {}, 7, 2, {}});
    ASSERT_EQ(benchmark.configurations.size(), 3U);
    EXPECT_EQ(benchmark.repeats, 7);
    for (const Configuration& configuration : benchmark.configurations) {
        EXPECT_EQ(configuration.experiment.resources.threads, 2);
        EXPECT_EQ(configuration.experiment.data.train, folder_.file("data/train.jsonl"));
        const model::Options options = model::resolve(configuration.experiment.study.fixed);
        EXPECT_EQ(std::string(model::to_text(options.enc[0].network)), configuration.name);
        EXPECT_EQ(options.enc[0].vocab_size, benchmark.synthetic->vocabulary);
    }
}

TEST_F(BenchmarkTest, TheCommittedProgramThatSleepsIsGood) {
    const Benchmark benchmark =
        load_benchmark(O2V_SOURCE_DIR "/experiments/benchmarks/sleep.json", folder_.file("data"), {});
    EXPECT_EQ(benchmark.repeats, 12);
    EXPECT_EQ(benchmark.configurations.front().experiment.command.arguments.back(), "{seconds}");
}

TEST_F(BenchmarkTest, ConfigurationsAreTheExperimentWithWhatTheySet) {
    const Benchmark benchmark = load(branin());
    ASSERT_EQ(benchmark.configurations.size(), 2U);
    EXPECT_EQ(o2v::to_text(benchmark.configurations[1].experiment.study.fixed.at("epochs")), "9");
    EXPECT_EQ(o2v::to_text(benchmark.configurations[0].experiment.study.fixed.at("epochs")), "2");
    const Benchmark one = load(branin(), {{"long"}, {}, {}, {}, {}});
    EXPECT_EQ(one.configurations.size(), 1U);
    EXPECT_NE(configurations_json(benchmark), configurations_json(one));
}

TEST_F(BenchmarkTest, AnExperimentMayBeAFileOfItsOwnWhoseSearchIsLeftOut) {
    folder_.write("e/x.json", R"json({"name": "x", "problem": "branin", "fixed": {"epochs": 2},
        "objective": {"metric": "validation:loss"},
        "search": {"space": {"x0": {"type": "float", "min": 0, "max": 1}, "x1": {"type": "float", "min": 0, "max": 1}}},
        "budget": {"trials": 9}})json");
    const Benchmark benchmark =
        load({{"name", "b"},
              {"experiment", "e/x.json"},
              {"configurations", {{{"name", "c"}, {"set", {{"x0", 0.5}, {"x1", 0.5}}}}}}});
    EXPECT_TRUE(benchmark.configurations.front().experiment.study.space.parameters().empty());
    EXPECT_EQ(benchmark.configurations.front().experiment.study.budget.trials, 1);
}

TEST_F(BenchmarkTest, EverythingWrongIsSaidAtOnce) {
    const std::string text = error(
        branin({{"repeats", 0},
                {"wramup", 1},
                {"seeds", {-1}},
                {"suggestion", {{"strategies", {"tpee"}}, {"history", -3}}},
                {"synthetic", {{"classes", 1}, {"noise", 2}}},
                {"configurations", {{{"name", "a/b"}}, {{"name", "x"}, {"set", 3}}, {{"name", "x"}}}}}));
    for (const char* part : {"/repeats = 0", "/wramup", "/seeds", "did you mean tpe?",
                             "/suggestion/history = -3", "/synthetic/classes = 1", "/synthetic/noise = 2",
                             "/configurations/0/name", "/configurations/1/set", "stands twice"})
        EXPECT_THAT(text, HasSubstr(part));
    EXPECT_THAT(error(branin({{"experiment", {{"problem", "branim"}}}})), HasSubstr("did you mean branin?"));
    EXPECT_THAT(error(branin({{"configurations", json::array()}})), HasSubstr("at least one"));
    EXPECT_THAT(error(branin(), {{"shrt"}, {}, {}, {}, {}}), HasSubstr("there are short, long"));
    EXPECT_THAT(error(branin(), {{}, {"training"}, {}, {}, {}}), HasSubstr("--skip = training"));
    EXPECT_THAT(error({{"name", "b"}}), HasSubstr("/experiment: is required"));
    EXPECT_THAT(error(branin({{"experiment", 3}})), HasSubstr("/experiment = 3"));
    folder_.write("list.json", "[1]");
    EXPECT_THAT(error(branin({{"experiment", "list.json"}})),
                HasSubstr("/experiment = \"list.json\": must be"));
    EXPECT_THAT(error(branin({{"experiment", {{"fixed", 3}}}})), HasSubstr("/fixed = 3"));
    EXPECT_THAT(error(branin({{"inference", json::object()}})), HasSubstr("/inference"));
    EXPECT_THAT(error(branin({{"loading", true}})), HasSubstr("/loading"));
}

TEST_F(BenchmarkTest, AMisspeltHyperparameterNamesItsConfiguration) {
    const json content{
        {"name", "b"},
        {"synthetic", json::object()},
        {"experiment", {{"fixed", {{"enc0_max_seq_len", 8}, {"enc0_vocab_size", 2000}, {"num_classes", 8}}}}},
        {"configurations", {{{"name", "c"}, {"set", {{"lerning_rate", 1}}}}}}};
    EXPECT_THAT(error(content), HasSubstr("(configuration c): /fixed/lerning_rate"));
}

// The hashes were taken from the first build of this code on x86-64; another platform or compiler must write
// the same pairs.
TEST_F(BenchmarkTest, SyntheticPairsAreAFunctionOfTheirOptions) {
    SyntheticPairs options;
    options.train = 500;
    options.validation = 100;
    write_synthetic(options, folder_.file("one"));
    write_synthetic(options, folder_.file("two"));
    EXPECT_EQ(data::file_hash(folder_.file("one/train.jsonl")),
              data::file_hash(folder_.file("two/train.jsonl")));
    EXPECT_EQ(data::file_hash(folder_.file("one/train.jsonl")), "b414edea6547cc635ac40b0c7d7cbdf8");
    EXPECT_EQ(data::file_hash(folder_.file("one/validation.jsonl")), "2fafe2b3b629d28e6ba234a0ebced0f1");
    options.seed = 2;
    write_synthetic(options, folder_.file("two"));
    EXPECT_NE(data::file_hash(folder_.file("one/train.jsonl")),
              data::file_hash(folder_.file("two/train.jsonl")));

    data::Limits limits;
    limits.vocab_size[0] = limits.vocab_size[1] = options.vocabulary;
    limits.num_classes = options.classes;
    data::Statistics statistics;
    EXPECT_EQ(data::read_jsonl(folder_.file("one/train.jsonl"), limits, &statistics).size(), 500);
    SyntheticPairs least{1, 1, 2, 3, 1, 1, 1.0, 1};
    write_synthetic(least, folder_.file("least"));
    limits.vocab_size[0] = limits.vocab_size[1] = 3;
    limits.num_classes = 2;
    EXPECT_EQ(data::read_jsonl(folder_.file("least/train.jsonl"), limits).size(), 1);
}

json header_of(const char* name) {
    return {{"name", name}, {"repeats", 2}};
}

TEST_F(BenchmarkTest, AnUnfinishedRunIsContinuedAndAFinishedOneIsNot) {
    const std::vector<Sample> samples{{"a", "train_seconds", 1.5}, {"a", "metric:loss", NAN}};
    {
        BenchmarkRecord record(folder_.file("out"));
        record.open_run({{"what", 1}}, header_of("one"));
        EXPECT_FALSE(record.continued());
        record.add({-1, "train:a"}, samples, {0.1, 0.2, 2100});
        record.add({0, "train:a"}, samples, {0.1, 0.2, 2100});
        record.add_failure({0, "train:b"}, "it crashed", {0.1, 0.2, 0});
        EXPECT_THROW(BenchmarkRecord(folder_.file("out")), StorageError);  // one at a time
    }
    BenchmarkRecord record(folder_.file("out"));
    record.open_run({{"what", 1}}, header_of("one"));
    EXPECT_TRUE(record.continued());
    EXPECT_TRUE(record.is_done({0, "train:a"}));
    EXPECT_TRUE(record.is_done({0, "train:b"}));
    EXPECT_FALSE(record.is_done({1, "train:a"}));
    const nlohmann::ordered_json result = record.result();
    EXPECT_EQ(result.at("complete"), false);
    EXPECT_EQ(result.at("failures")[0].at("message"), "it crashed");
    EXPECT_EQ(result.at("series")[0].at("values"), json::array({nullptr}));  // metric:loss, which was NaN
    EXPECT_EQ(result.at("series")[1].at("values"), json::array({1.5}));
    EXPECT_EQ(result.at("series")[1].at("warmup"), json::array({1.5}));
    EXPECT_EQ(result.at("series")[1].at("unit"), "s");
    EXPECT_EQ(result.at("reference").at("cpu_seconds").at("values").size(), 3U);
    record.finish();
    EXPECT_EQ(record.result().at("complete"), true);
    record.open_run({{"what", 1}}, header_of("one"));
    EXPECT_FALSE(record.continued());
    EXPECT_FALSE(record.is_done({0, "train:a"}));
    record.open_run({{"what", 2}}, header_of("two"));
    EXPECT_FALSE(record.continued());  // the unfinished one measured something else
    EXPECT_EQ(record.result().at("name"), "two");
}

TEST_F(BenchmarkTest, ADatabaseOfANewerProgramIsRefused) {
    { const BenchmarkRecord record(folder_.file("out")); }
    SQLite::Database(folder_.file("out/bench.db"), SQLite::OPEN_READWRITE).exec("PRAGMA user_version = 99");
    EXPECT_THROW(BenchmarkRecord(folder_.file("out")), StorageError);
    folder_.write("blocked", "a file");
    EXPECT_THROW(BenchmarkRecord(folder_.file("blocked/out")), StorageError);
    folder_.write("broken/bench.db",
                  "this is no database, and it is long enough to be taken for a damaged one");
    EXPECT_THROW(BenchmarkRecord(folder_.file("broken")), StorageError);
}

}  // namespace
}  // namespace o2v::orchestrator
