#include "model/data/dataset.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "search/study/errors.hpp"
#include "temporary_file.hpp"

namespace o2v::data {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::int32_t> tokens_of(const SequenceView& sequences, std::int64_t i) {
    const auto row = sequences[i];
    return {row.begin(), row.end()};
}
std::vector<float> labels_of(const Dataset& dataset) {
    return {dataset.labels.begin(), dataset.labels.end()};
}

// The problems of a file of bad lines.
std::vector<Problem> problems_of(const std::string& content, const Limits& limits = {}) {
    const TemporaryFile file(content);
    try {
        read_jsonl(file.path(), limits);
    } catch (const InputError& error) {
        std::vector<Problem> problems = error.problems();
        for (Problem& problem : problems) {
            EXPECT_THAT(problem.where, testing::StartsWith(file.path()));
            problem.where = problem.where.substr(file.path().size());
        }
        return problems;
    }
    ADD_FAILURE() << "no problem found in " << content;
    return {};
}

TEST(ReadJsonl, ReadsPairs) {
    const TemporaryFile file(
        "{\"label\": 1, \"in0\": [5, 0, 7], \"in1\": [3]}\n"
        "\n"
        "  \t\r\n"
        "{\"in1\":[9,8],\"other\":{\"in0\":[1]},\"in0\":[2],\"label\":-2.5e0}\r\n"
        "{\"label\": 3.0, \"in0\": [1], \"in1\": [1]}");
    Statistics statistics;
    const Dataset dataset = read_jsonl(file.path(), {}, &statistics);
    ASSERT_EQ(dataset.size(), 3);
    EXPECT_THAT(tokens_of(dataset.side[0], 0), ElementsAre(5, 0, 7));
    EXPECT_THAT(tokens_of(dataset.side[1], 1), ElementsAre(9, 8));
    EXPECT_THAT(tokens_of(dataset.side[0], 1), ElementsAre(2));
    EXPECT_THAT(labels_of(dataset), ElementsAre(1, -2.5, 3));
    EXPECT_EQ(statistics.rows, 3);
    EXPECT_THAT(statistics.min_len, ElementsAre(1, 1));
    EXPECT_THAT(statistics.max_len, ElementsAre(3, 2));
    EXPECT_THAT(statistics.tokens, ElementsAre(5, 4));
    EXPECT_THAT(statistics.max_id, ElementsAre(7, 9));
    EXPECT_EQ(statistics.min_label, -2.5);
    EXPECT_EQ(statistics.max_label, 3);
}

TEST(ReadJsonl, TruncatesToTheHead) {
    const TemporaryFile file("{\"label\": 1, \"in0\": [1, 2, 3], \"in1\": [4, 5]}\n");
    Limits limits;
    limits.max_seq_len[0] = limits.max_seq_len[1] = 2;
    Statistics statistics;
    const Dataset dataset = read_jsonl(file.path(), limits, &statistics);
    EXPECT_THAT(tokens_of(dataset.side[0], 0), ElementsAre(1, 2));
    EXPECT_THAT(tokens_of(dataset.side[1], 0), ElementsAre(4, 5));
    EXPECT_EQ(statistics.longer_than(0, 2), 1);
    EXPECT_EQ(statistics.longer_than(1, 2), 0);
    EXPECT_THAT(statistics.max_len, ElementsAre(3, 2));
}

TEST(ReadJsonl, LongLinesCrossTheBuffer) {
    std::string content;
    std::int64_t tokens = 0;
    for (int row = 0; row < 40; ++row) {
        content += "{\"label\": 0, \"in1\": [1], \"in0\": [1";
        const int more = row == 20 ? 600000 : 30000 + row;
        for (int k = 0; k < more; ++k) content += ",12";
        content += "]}\n";
        tokens += more + 1;
    }
    const TemporaryFile file(content);
    Statistics statistics;
    read_jsonl(file.path(), {}, &statistics);
    EXPECT_EQ(statistics.rows, 40);
    EXPECT_EQ(statistics.tokens[0], tokens);
}

struct BadLine {
    const char *line, *where, *value, *message;
};

class BadLines : public testing::TestWithParam<BadLine> {};

TEST_P(BadLines, AreNamedWithLineFieldAndValue) {
    const BadLine& bad = GetParam();
    Limits limits;
    limits.vocab_size[0] = 10;
    limits.num_classes = 3;
    const auto problems =
        problems_of(std::string("{\"label\": 1, \"in0\": [1], \"in1\": [1]}\n") + bad.line + "\n", limits);
    ASSERT_EQ(problems.size(), 1u) << InputError(problems).what();
    EXPECT_EQ(problems[0].where, bad.where);
    EXPECT_EQ(problems[0].value, bad.value);
    EXPECT_THAT(problems[0].message, HasSubstr(bad.message));
}

INSTANTIATE_TEST_SUITE_P(
    All, BadLines,
    testing::Values(
        BadLine{"{\"label\": 1, \"in0\": [1], \"in1\": [1]", ":2",
                "{\"label\": 1, \"in0\": [1], \"in1\": [1]", "is not JSON"},
        BadLine{"{\"label\": 1, \"in0\": [1], \"in1\": [1]} x", ":2",
                "{\"label\": 1, \"in0\": [1], \"in1\": [1]} x", "is not JSON"},
        BadLine{"[1]", ":2", "[1]", "must be an object"},
        BadLine{"{\"in0\": [1], \"in1\": [1]}", ":2: label", "", "is missing"},
        BadLine{"{\"label\": 1, \"in1\": [1]}", ":2: in0", "", "is missing"},
        BadLine{"{\"label\": 1, \"in0\": [1], \"in1\": [1], \"in1\": [2]}", ":2: in1", "",
                "is given 2 times"},
        BadLine{"{\"label\": \"a\", \"in0\": [1], \"in1\": [1]}", ":2: label", "\"a\"", "must be a number"},
        BadLine{"{\"label\": null, \"in0\": [1], \"in1\": [1]}", ":2: label", "null", "must be a number"},
        BadLine{"{\"label\": 3, \"in0\": [1], \"in1\": [1]}", ":2: label", "3", "integer from 0 to 2"},
        BadLine{"{\"label\": 0.5, \"in0\": [1], \"in1\": [1]}", ":2: label", "0.5", "integer from 0 to 2"},
        BadLine{"{\"label\": -1, \"in0\": [1], \"in1\": [1]}", ":2: label", "-1", "integer from 0 to 2"},
        BadLine{"{\"label\": 1, \"in0\": 7, \"in1\": [1]}", ":2: in0", "7", "array of token ids"},
        BadLine{"{\"label\": 1, \"in0\": [1], \"in1\": []}", ":2: in1", "[]", "at least one"},
        BadLine{"{\"label\": 1, \"in0\": [1, 10], \"in1\": [1]}", ":2: in0[1]", "10",
                "less than enc0_vocab_size = 10"},
        BadLine{"{\"label\": 1, \"in0\": [1], \"in1\": [4, 5, -6]}", ":2: in1[2]", "-6", "negative"},
        BadLine{"{\"label\": 1, \"in0\": [1], \"in1\": [2.5]}", ":2: in1[0]", "2.5", "integer"},
        BadLine{"{\"label\": 1, \"in0\": [1], \"in1\": [2147483648]}", ":2: in1[0]", "2147483648",
                "at most 2147483647"},
        BadLine{"{\"label\": 1, \"in0\": [1], \"in1\": [\"2\"]}", ":2: in1[0]", "\"2\"", "integer"}));

TEST(ReadJsonl, ALabelBeyondAFloatsRangeIsNamed) {
    const auto problems = problems_of("{\"label\": 1e39, \"in0\": [1], \"in1\": [1]}\n");
    ASSERT_EQ(problems.size(), 1u);
    EXPECT_EQ(problems[0].where, ":1: label");
    EXPECT_THAT(problems[0].value, testing::StartsWith("1e"));
    EXPECT_THAT(problems[0].message, HasSubstr("a float's range"));
}

TEST(ReadJsonl, CollectsProblemsUpToTheLimit) {
    Limits limits;
    limits.max_problems = 3;
    const auto problems = problems_of("{}\n{\"label\": 1, \"in0\": [1], \"in1\": [1]}\nx\n", limits);
    ASSERT_EQ(problems.size(), 3u);
    EXPECT_EQ(problems[0].where, ":1: label");
    EXPECT_EQ(problems[2].where, ":1: in1");
    limits.max_problems = 20;
    EXPECT_EQ(problems_of("{}\n{\"label\": 1, \"in0\": [1], \"in1\": [1]}\nx\n", limits).back().where, ":3");
}

TEST(ReadJsonl, AnEmptyFileIsAProblem) {
    EXPECT_THAT(problems_of("\n\n")[0].message, HasSubstr("holds no pairs"));
}

TEST(ReadJsonl, AMissingFileIsAStorageError) {
    EXPECT_THROW(read_jsonl("/nonexistent/pairs.jsonl", {}), StorageError);
    EXPECT_THROW(read_jsonl("/", {}), StorageError);
}

// Line 2 is no JSON, line 4 has an id and line 5 a label out of bounds.
constexpr const char* kThreeBadLines =
    "{\"label\": 1, \"in0\": [1, 2], \"in1\": [3]}\n"
    "oops\n"
    "{\"label\": 0, \"in0\": [4], \"in1\": [5, 6, 7]}\n"
    "{\"label\": 0, \"in0\": [4, 99], \"in1\": [5]}\n"
    "{\"label\": 8, \"in0\": [4], \"in1\": [5]}\n"
    "\n"
    "{\"label\": 1, \"in0\": [8], \"in1\": [9]}\n";

Limits skipping(std::int64_t lines) {
    Limits limits;
    limits.vocab_size[0] = limits.vocab_size[1] = 10;
    limits.num_classes = 2;
    limits.max_seq_len[1] = 2;
    limits.skip_bad_lines = lines;
    return limits;
}

TEST(SkippedLines, AreLeftOutAndCounted) {
    const TemporaryFile file(kThreeBadLines);
    Statistics statistics;
    const Dataset dataset = read_jsonl(file.path(), skipping(3), &statistics);
    ASSERT_EQ(dataset.size(), 3);
    EXPECT_EQ(dataset.side[0].size(), 3);
    EXPECT_THAT(labels_of(dataset), ElementsAre(1, 0, 1));
    EXPECT_THAT(tokens_of(dataset.side[0], 0), ElementsAre(1, 2));
    EXPECT_THAT(tokens_of(dataset.side[1], 1), ElementsAre(5, 6));
    EXPECT_THAT(tokens_of(dataset.side[0], 2), ElementsAre(8));
    EXPECT_EQ(statistics.bad_lines, 3);
    EXPECT_EQ(statistics.rows, 3);
    EXPECT_THAT(statistics.max_id, ElementsAre(8, 9));
    EXPECT_EQ(statistics.max_label, 1);
}

// The same file under other limits: only what is no pair at all is bad.
TEST(SkippedLines, WhatIsBadDependsOnTheLimits) {
    const TemporaryFile file(kThreeBadLines);
    Limits limits;
    limits.skip_bad_lines = 1;
    Statistics statistics;
    EXPECT_EQ(read_jsonl(file.path(), limits, &statistics).size(), 5);
    EXPECT_EQ(statistics.bad_lines, 1);
    limits.vocab_size[0] = 10;
    EXPECT_THROW(read_jsonl(file.path(), limits), InputError);
    limits.skip_bad_lines = 2;
    EXPECT_EQ(read_jsonl(file.path(), limits, &statistics).size(), 4);
    EXPECT_EQ(statistics.bad_lines, 2);
}

TEST(SkippedLines, OneMoreStopsAndNamesThem) {
    const auto problems = problems_of(kThreeBadLines, skipping(2));
    ASSERT_EQ(problems.size(), 4u);
    EXPECT_THAT(problems[0].message, HasSubstr("more bad lines than skip_bad_lines = 2 allows"));
    EXPECT_EQ(problems[1].where, ":2");
    EXPECT_EQ(problems[2].where, ":4: in0[1]");
    EXPECT_EQ(problems[3].where, ":5: label");
    EXPECT_EQ(problems_of(kThreeBadLines, skipping(0)).front().where, ":2");
}

TEST(SkippedLines, AFileOfNothingElseIsAProblem) {
    EXPECT_THAT(problems_of("x\ny\n", skipping(9))[0].message, HasSubstr("holds no pairs"));
    EXPECT_THAT(problems_of("{\"label\": 8, \"in0\": [4], \"in1\": [5]}\n", skipping(9))[0].message,
                HasSubstr("holds no pairs"));
}

// Bytes of earlier lines stand behind the last one in the buffer.
TEST(ReadJsonl, ALastLineThatIsCutIsBad) {
    std::string content;
    for (int i = 0; i < 50000; ++i) content += "{\"label\": 1, \"in0\": [1], \"in1\": [12345]}\n";
    const std::string whole = content + "{\"label\": 1, \"in0\": [1], \"in1\": [12]}";
    EXPECT_EQ(read_jsonl(TemporaryFile(whole).path(), {}).size(), 50001);
    for (std::size_t cut = 1; cut < 10; ++cut)
        EXPECT_EQ(problems_of(whole.substr(0, whole.size() - cut))[0].where, ":50001");
}

// Figures of xxhsum -H2.
TEST(FileHash, IsXxh3Of128Bits) {
    const TemporaryFile empty(""), file("object2vec");
    EXPECT_EQ(file_hash(empty.path()), "99aa06d3014798d86001c324468d497f");
    EXPECT_EQ(file_hash(file.path()).size(), 32u);
    EXPECT_NE(file_hash(file.path()), file_hash(empty.path()));
    EXPECT_THROW(file_hash("/nonexistent"), StorageError);
}

}  // namespace
}  // namespace o2v::data
