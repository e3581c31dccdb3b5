// o2v-tune data stats, and the check of the data before a run.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/orchestrator/temporary_folder.hpp"
#include "tests/process/program.hpp"

namespace o2v {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kPairs =
    "{\"label\": 1, \"in0\": [1, 2, 0], \"in1\": [3]}\n"
    "{\"label\": 0, \"in0\": [4], \"in1\": [5, 6]}\n"
    "{\"label\": 0, \"in0\": [4, 7], \"in1\": [5]}\n"
    "{\"label\": 0, \"in0\": [1], \"in1\": [1000]}\n";

class DataTest : public testing::Test {
  protected:
    Finished stats(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), {"data", "stats"});
        return run_tune(folder_.path(), std::move(arguments));
    }
    std::size_t entries() const {
        std::size_t count = 0;
        std::error_code none;
        for (const auto& entry : std::filesystem::directory_iterator(folder_.file("cache/data"), none))
            count += entry.path().extension() == ".pairs" ? 1 : 0;
        return count;
    }
    std::string experiment(const json& more = json::object()) {
        json j{{"name", "pairs"},
               {"data", {{"train", "pairs.jsonl"}, {"validation", "pairs.jsonl"}}},
               {"objective", {{"metric", "validation:accuracy"}}},
               {"fixed", {{"enc0_max_seq_len", 2}, {"enc0_vocab_size", 1001}}},
               {"search", {{"space", {{"learning_rate", {{"type", "float"}, {"min", 0.01}, {"max", 0.1}}}}}}},
               {"budget", {{"trials", 1}}},
               {"resources", {{"slots", 1}}}};
        j.merge_patch(more);
        return folder_.write("experiment.json", j.dump());
    }

    TemporaryFolder folder_;
};

TEST_F(DataTest, StatsAreReadableAndAligned) {
    folder_.write("pairs.jsonl", kPairs);
    const Finished finished = stats({"pairs.jsonl"});
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    EXPECT_THAT(finished.out, AllOf(HasSubstr("pairs.jsonl\n  pairs      4\n"), HasSubstr("XXH3-128"),
                                    HasSubstr("positives (label 1)  1 (25.0 %)"), Not(HasSubstr("bad"))));
    std::istringstream lines(finished.out);
    std::size_t table = 0, width = 0;
    bool inside = false;
    for (std::string line; std::getline(lines, line);) {
        if (line.ends_with("in1")) {
            inside = true;
            width = line.size();
        }
        if (inside && line.empty()) inside = false;
        if (!inside) continue;
        EXPECT_EQ(line.size(), width) << line;
        ++table;
    }
    EXPECT_EQ(table, 14U) << finished.out;
    EXPECT_EQ(finished.err, "");
}

TEST_F(DataTest, StatsAsJson) {
    folder_.write("pairs.jsonl", kPairs);
    const json found = json::parse(stats({"pairs.jsonl", "--json", "--max-seq-len", "2,1"}).out);
    EXPECT_EQ(found.at("pairs"), 4);
    EXPECT_EQ(found.at("bytes"), std::string(kPairs).size());
    EXPECT_EQ(found.at("bad_lines"), 0);
    EXPECT_EQ(found.at("in0").at("tokens"), 7);
    EXPECT_EQ(found.at("in0").at("length"),
              (json{{"min", 1}, {"mean", 1.75}, {"median", 1}, {"p90", 3}, {"p99", 3}, {"max", 3}}));
    EXPECT_EQ(found.at("in0").at("ids"), (json{{"distinct", 5}, {"max", 7}, {"padding", 1}}));
    EXPECT_EQ(found.at("in0").at("cut"), (json{{{"max_seq_len", 2}, {"rows", 1}, {"share", 0.25}}}));
    EXPECT_EQ(found.at("in1").at("cut").at(0).at("max_seq_len"), 1);
    EXPECT_EQ(found.at("labels").at("classes"), (json{{"0", 3}, {"1", 1}}));
    EXPECT_EQ(found.at("labels").at("positives_share"), 0.25);
    folder_.write("real.jsonl", "{\"label\": 0.5, \"in0\": [1], \"in1\": [3]}\n");
    EXPECT_TRUE(json::parse(stats({"real.jsonl", "--json"}).out).at("labels").at("classes").is_null());
}

TEST_F(DataTest, ASecondLookUsesTheBinaryForm) {
    folder_.write("pairs.jsonl", kPairs);
    const Finished first = stats({"pairs.jsonl"});
    EXPECT_EQ(entries(), 1U);
    EXPECT_EQ(stats({"pairs.jsonl"}).out, first.out);
    EXPECT_EQ(entries(), 1U);
}

TEST_F(DataTest, WithoutACacheItWarnsAndGoesOn) {
    folder_.write("pairs.jsonl", kPairs);
    folder_.write("cache", "a file is in the way");
    const Finished finished = stats({"pairs.jsonl"});
    EXPECT_EQ(finished.exit_code, 0);
    EXPECT_THAT(finished.out, HasSubstr("pairs      4"));
    EXPECT_THAT(finished.err,
                AllOf(HasSubstr("o2v-tune: warning: "), HasSubstr("cache/data: cannot create")));
    EXPECT_EQ(std::count(finished.err.begin(), finished.err.end(), '\n'), 1) << finished.err;
}

TEST_F(DataTest, BadLinesStopItUnlessTheyMayBeSkipped) {
    folder_.write("pairs.jsonl", std::string(kPairs) + "oops\n{\"label\": 1, \"in0\": [1]}\n");
    const Finished refused = stats({"pairs.jsonl"});
    EXPECT_EQ(refused.exit_code, 2);
    EXPECT_THAT(refused.err, AllOf(HasSubstr("pairs.jsonl:5 = oops: is not JSON"),
                                   HasSubstr("pairs.jsonl:6: in1: is missing")));
    EXPECT_EQ(entries(), 0U);
    EXPECT_THAT(stats({"pairs.jsonl", "--skip-bad-lines", "1"}).err,
                HasSubstr("more bad lines than skip_bad_lines = 1 allows"));
    const Finished skipped = stats({"pairs.jsonl", "--skip-bad-lines", "2"});
    EXPECT_EQ(skipped.exit_code, 0) << skipped.err;
    EXPECT_THAT(skipped.out, HasSubstr("pairs      4\n"));
    EXPECT_THAT(skipped.out, HasSubstr("bad lines  2, left out"));
    const Finished limited = stats({"pairs.jsonl", "--skip-bad-lines", "3", "--vocab-size", "10", "--json"});
    EXPECT_EQ(json::parse(limited.out).at("bad_lines"), 3) << limited.err;
    EXPECT_EQ(json::parse(limited.out).at("pairs"), 3);
    EXPECT_EQ(stats({"pairs.jsonl"}).exit_code, 2) << "also when the binary form is there";
}

TEST_F(DataTest, WrongArgumentsAreTwo) {
    folder_.write("pairs.jsonl", kPairs);
    EXPECT_EQ(run_tune(folder_.path(), {"data"}).exit_code, 2);
    EXPECT_EQ(stats({}).exit_code, 2);
    EXPECT_EQ(stats({"none.jsonl"}).exit_code, 2);
    EXPECT_EQ(stats({"pairs.jsonl", "--vocab-size", "0"}).exit_code, 2);
    EXPECT_EQ(stats({"pairs.jsonl", "--num-classes", "1"}).exit_code, 2);
    const Finished help = stats({"--help"});
    EXPECT_EQ(help.exit_code, 0);
    EXPECT_THAT(help.out, HasSubstr("Example:\n  o2v-tune data stats "));
}

TEST_F(DataTest, ACheckedExperimentLeavesBinaryFormsAndNamesWhatItSkips) {
    folder_.write("pairs.jsonl", kPairs);
    const Finished valid = run_tune(folder_.path(), {"validate", experiment()});
    EXPECT_EQ(valid.exit_code, 0) << valid.err;
    EXPECT_THAT(valid.out, HasSubstr("train: 4 pairs; in0 1.8 tokens on average, 3 at most (1 cut)"));
    EXPECT_EQ(entries(), 1U);

    folder_.write("pairs.jsonl", std::string(kPairs) + "oops\n");
    EXPECT_EQ(run_tune(folder_.path(), {"validate", experiment()}).exit_code, 2);
    const std::string file = experiment({{"data", {{"skip_bad_lines", 1}}}});
    for (const char* command : {"validate", "run"}) {
        std::vector<std::string> arguments{command, file};
        if (arguments[0] == "run") arguments.emplace_back("--dry-run");
        const Finished skipping = run_tune(folder_.path(), arguments);
        EXPECT_EQ(skipping.exit_code, 0) << skipping.err;
        EXPECT_THAT(skipping.out, HasSubstr("; bad lines left out: 1")) << command;
        EXPECT_THAT(skipping.out, HasSubstr("pairs.jsonl: 1 bad line is left out")) << command;
    }
}

}  // namespace
}  // namespace o2v
