#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "model/data/dataset.hpp"
#include "search/study/errors.hpp"

namespace o2v::data {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class ReaderTest : public testing::Test {
  protected:
    ~ReaderTest() override { std::filesystem::remove(path_); }
    void write(const std::string& text) const { std::ofstream(path_) << text; }
    std::string errors_of(const std::string& text, const Limits& limits = {}) const {
        write(text);
        try {
            read_jsonl(path_, limits);
        } catch (const InputError& e) {
            return e.what();
        }
        return "no error";
    }

    std::string path_ =
        std::filesystem::temp_directory_path() / ("o2v-reader-" + std::to_string(getpid()) + ".jsonl");
};

constexpr const char* kGood = R"({"label": 1, "in0": [3], "in1": [4, 5, 6]}

{"in1": [7], "extra": {"a": [1]}, "label": 0, "in0": [8, 9]}
)";

TEST_F(ReaderTest, ReadsPairsInAnyKeyOrderAndSkipsBlankLines) {
    write(kGood);
    Statistics statistics;
    const Dataset data = read_jsonl(path_, {}, &statistics);
    ASSERT_EQ(data.size(), 2);
    EXPECT_THAT(data.labels, ElementsAre(1.0F, 0.0F));
    EXPECT_THAT(data.side[0].tokens, ElementsAre(3, 8, 9));
    EXPECT_THAT(data.side[1].offsets, ElementsAre(0, 3, 4));
    EXPECT_EQ(statistics.rows, 2);
    EXPECT_EQ(statistics.max_len[1], 3);
    EXPECT_EQ(statistics.max_id[0], 9);
    EXPECT_EQ(scan_jsonl(path_, {}).tokens[1], 4);
}

TEST_F(ReaderTest, KeepsTheHeadOfALongSequence) {
    write(kGood);
    Limits limits;
    limits.max_seq_len[1] = 2;
    Statistics statistics;
    EXPECT_THAT(read_jsonl(path_, limits, &statistics).side[1].tokens, ElementsAre(4, 5, 7));
    EXPECT_EQ(statistics.truncated[1], 1);
}

TEST_F(ReaderTest, EachBadLineIsNamedWithItsNumberAndField) {
    Limits limits;
    limits.vocab_size[0] = 10;
    limits.num_classes = 2;
    const std::string good = "{\"label\": 1, \"in0\": [3], \"in1\": [4]}\n";
    for (const char* bad :
         {"nonsense", "[]", R"({"label": 1, "in0": [3]})", R"({"in0": [3], "in1": [4]})",
          R"({"label": 1, "in0": [], "in1": [4]})", R"({"label": 1, "in0": [10], "in1": [4]})",
          R"({"label": 1, "in0": [-1], "in1": [4]})", R"({"label": 1, "in0": [1.5], "in1": [4]})",
          R"({"label": 2, "in0": [3], "in1": [4]})", R"({"label": 0.5, "in0": [3], "in1": [4]})",
          R"({"label": "x", "in0": [3], "in1": [4]})", R"({"label": 1, "in0": 3, "in1": [4]})"})
        EXPECT_THAT(errors_of(good + bad + "\n" + good, limits), HasSubstr(path_ + ":2")) << bad;
    EXPECT_THAT(errors_of("{\"label\": 1, \"in0\": [99], \"in1\": [4]}\n", limits), HasSubstr("99"));
}

TEST_F(ReaderTest, CollectsProblemsUpToTheLimit) {
    std::string text;
    for (int i = 0; i < 9; ++i) text += "bad\n";
    Limits limits;
    limits.max_problems = 4;
    write(text);
    try {
        read_jsonl(path_, limits);
        FAIL();
    } catch (const InputError& e) {
        EXPECT_GE(e.problems().size(), 4U);
        EXPECT_LE(e.problems().size(), 5U);
    }
}

TEST_F(ReaderTest, AMissingFileIsAStorageError) {
    EXPECT_THROW(read_jsonl(path_ + ".none", {}), StorageError);
    EXPECT_THROW(file_hash(path_ + ".none"), StorageError);
}

TEST_F(ReaderTest, TheHashIsOfTheBytes) {
    write("a");
    const std::string first = file_hash(path_);
    EXPECT_EQ(first.size(), 32U);
    write("b");
    EXPECT_NE(file_hash(path_), first);
    write("a");
    EXPECT_EQ(file_hash(path_), first);
}

}  // namespace
}  // namespace o2v::data
