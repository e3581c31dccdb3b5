#include "worker/answers/queries/queries.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "search/study/errors.hpp"
#include "tests/orchestrator/temporary_folder.hpp"

namespace o2v::answers {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class QueriesTest : public testing::Test {
  protected:
    QueriesTest()
        : words_(folder_.write("words", R"({"<unk>": 1, "dog": 2, "small": 3})")),
          parser_({{10, 5}, {&words_, nullptr}}) {}

    static std::string padded(std::string text) {
        text.reserve(text.size() + QueryParser::kPadding);
        return text;
    }
    Queries object(const std::string& text) {
        Queries queries;
        parser_.add_object(
            padded(text), [] { return "file:3"; }, queries);
        return queries;
    }
    Queries instances(const std::string& text) {
        Queries queries;
        parser_.add_instances(padded(text), queries);
        return queries;
    }
    Queries lines(const std::string& text) {
        Queries queries;
        parser_.add_lines(padded(text), queries);
        return queries;
    }
    template <class Read>
    static std::string error(Read read) {
        try {
            read();
        } catch (const InputError& e) {
            return e.what();
        }
        return "no error";
    }
    std::string of_object(const std::string& text) {
        return error([&] { object(text); });
    }
    static std::vector<std::int32_t> ids(const Queries& queries, int side, std::int64_t row) {
        const auto tokens = queries.side(side)[row];
        return {tokens.begin(), tokens.end()};
    }

    TemporaryFolder folder_;
    data::Vocabulary words_;
    QueryParser parser_;
};

TEST_F(QueriesTest, APairOneSideAndWhatElseALineHolds) {
    const Queries pair = object(R"({"label": 3, "in1": [4, 0], "in0": [9], "more": {"in0": [77]}})");
    ASSERT_EQ(pair.size(), 1);
    EXPECT_TRUE(pair.has(0, 0) && pair.has(0, 1));
    EXPECT_THAT(ids(pair, 0, 0), ElementsAre(9));
    EXPECT_THAT(ids(pair, 1, 0), ElementsAre(4, 0));
    const Queries single = object(R"({"in1": []})");
    EXPECT_FALSE(single.has(0, 0));
    EXPECT_TRUE(single.has(0, 1));
    EXPECT_THAT(ids(single, 1, 0), ElementsAre());
}

TEST_F(QueriesTest, WordsAreMappedByTheVocabulary) {
    EXPECT_THAT(ids(object(R"({"in0": "Small DOG, \u0062ig"})"), 0, 0), ElementsAre(3, 2, 1));
    EXPECT_THAT(of_object(R"({"in1": "dog"})"),
                HasSubstr("file:3: in1 = \"dog\": is a text, but the model has no"));
}

TEST_F(QueriesTest, ManyInstancesKeepTheirOrder) {
    const Queries queries =
        instances(R"({"instances": [{"in0": [1]}, {"in1": [2]}, {"in0": [3], "in1": [4]}], "x": 1})");
    ASSERT_EQ(queries.size(), 3);
    EXPECT_THAT(ids(queries, 0, 1), ElementsAre(3));
    EXPECT_THAT(ids(queries, 1, 0), ElementsAre(2));
    EXPECT_FALSE(queries.all_have(0));
    EXPECT_EQ(instances(R"({"instances": []})").size(), 0);
    const Queries by_line = lines("{\"in0\":[1]}\r\n\n  \n{\"in0\":[2]}");
    EXPECT_EQ(by_line.size(), 2);
    EXPECT_TRUE(by_line.all_have(0));
}

TEST_F(QueriesTest, AppendedQueriesStandBehindOneAnother) {
    Queries all = object(R"({"in0": [1, 2], "in1": [3]})");
    all.append(object(R"({"in1": [4]})"));
    all.append(object(R"({"in0": [5, 6]})"));
    ASSERT_EQ(all.size(), 3);
    EXPECT_THAT(ids(all, 0, 1), ElementsAre(5, 6));
    EXPECT_THAT(ids(all, 1, 1), ElementsAre(4));
    EXPECT_FALSE(all.has(1, 0));
}

TEST_F(QueriesTest, EveryFaultIsNamedWithPlaceFieldAndValue) {
    EXPECT_EQ(of_object(R"({"in0": [1, 10], "in1": [-1, 2.5, "x"]})"),
              "file:3: in0[1] = 10: must be a token id, an integer from 0 to 9\n"
              "file:3: in1[0] = -1: must be a token id, an integer from 0 to 4\n"
              "file:3: in1[1] = 2.5: must be a token id, an integer from 0 to 4\n"
              "file:3: in1[2] = \"x\": must be a token id, an integer from 0 to 4");
    EXPECT_THAT(of_object(R"({"in0": [18446744073709551615]})"), HasSubstr("in0[0] = 18446744073709551615"));
    EXPECT_THAT(of_object(R"({"in0": [1e1]})"), HasSubstr("must be a token id"));
    EXPECT_THAT(of_object(R"({"in0": 5})"),
                HasSubstr("file:3: in0 = 5: must be an array of token ids or a text"));
    EXPECT_THAT(of_object(R"({"in0": null, "in1": [1]})"), HasSubstr("in0 = null"));
    EXPECT_THAT(of_object(R"({"in0": [1], "in0": [2]})"), HasSubstr("file:3: in0: is given twice"));
    EXPECT_THAT(of_object(R"({"label": 1})"), HasSubstr("holds neither in0 nor in1"));
    EXPECT_THAT(of_object("[1]"), HasSubstr("must be an object"));
    EXPECT_THAT(of_object("{\"in0\": [1]"), HasSubstr("is not JSON"));
    EXPECT_THAT(of_object("{\"in0\": [1], \"x\": \"\xff\xfe\"}"), HasSubstr("is not JSON"));
    EXPECT_THAT(of_object(""), HasSubstr("is not JSON"));
    EXPECT_THAT(of_object("{\"in0\": [1]} {\"in0\": [1]}"), HasSubstr("is not JSON"));
    EXPECT_THAT(of_object("{\"in0\":" + std::string(5000, '[') + std::string(5000, ']') + "}"),
                HasSubstr("is not JSON"));
}

TEST_F(QueriesTest, FaultsOfInstancesAndLinesNameThem) {
    EXPECT_THAT(error([&] { instances(R"({"instances": [{"in0": [1]}, {"in1": [7]}]})"); }),
                HasSubstr("instances[1]: in1[0] = 7: "));
    EXPECT_THAT(error([&] { instances(R"([{"in0": [1]}])"); }), HasSubstr("must be {\"instances\""));
    EXPECT_THAT(error([&] { instances(R"({"instances": 5})"); }), HasSubstr("must be {\"instances\""));
    EXPECT_THAT(error([&] { lines("{\"in0\":[1]}\n\n{\"in0\":[99]}\n"); }), HasSubstr("line 3: in0[0] = 99"));
}

TEST_F(QueriesTest, TheFaultsOfAHopelessBodyAreNotAllTold) {
    std::string body = R"({"instances": [)";
    for (int i = 0; i < 1000; ++i) body += (i ? "," : "") + std::string(R"({"in0": [-1, -2, -3]})");
    const std::string told = error([&] { instances(body + "]}"); });
    EXPECT_EQ(std::count(told.begin(), told.end(), '\n'), 19);
}

}  // namespace
}  // namespace o2v::answers
