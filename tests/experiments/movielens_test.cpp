#include "experiments/prepare/movielens.hpp"

#include <gmock/gmock.h>

#include "experiments/prepare/movielens_files.hpp"
#include "search/study/errors.hpp"
#include "tests/experiments/folder_fixture.hpp"

namespace o2v::prepare {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(SplitCsv, FieldsQuotesAndDoubledQuotes) {
    EXPECT_THAT(split_csv("1,Toy Story (1995),Comedy", "f:1"),
                ElementsAre("1", "Toy Story (1995)", "Comedy"));
    EXPECT_THAT(split_csv(R"-(11,"American President, The (1995)",Drama)-", "f:1"),
                ElementsAre("11", "American President, The (1995)", "Drama"));
    EXPECT_THAT(split_csv(R"(7,"""Great"" Film",)", "f:1"), ElementsAre("7", "\"Great\" Film", ""));
    EXPECT_THAT(split_csv("a \"b\" c,", "f:1"), ElementsAre("a \"b\" c", ""));
}

TEST(SplitCsv, AnOpenQuoteOrTextBehindOneIsRefused) {
    EXPECT_THROW(split_csv(R"(1,"open)", "f:1"), InputError);
    EXPECT_THROW(split_csv(R"(1,"closed"text)", "f:1"), InputError);
}

TEST(Latin1, BecomesUtf8) {
    EXPECT_EQ(utf8_from_latin1("Mis\xE9rables"), "Mis\xC3\xA9rables");
}

class MovielensTest : public FolderTest {
  protected:
    void SetUp() override {
        options_.source = path("ml");
        std::filesystem::create_directory(path("ml"));
    }
    std::string failure(MovielensTask task = MovielensTask::rating) {
        try {
            prepare_movielens(options_, task, path("out"));
        } catch (const InputError& error) {
            return error.what();
        }
        return "";
    }
    MovielensOptions options_;
};

TEST_F(MovielensTest, TheSetsOwnSplitKeepsItsNumbers) {
    write("ml/ua.base", "1\t20\t5\t874965758\n3\t7\t2\t874965759\n");
    write("ml/ua.test", "1\t7\t4\t874965760\r\n");
    write("ml/u.item", "7|Twelve Monkeys (1995)|x\n20|Mis\xE9rables, Les (1995)|x\n");
    prepare_movielens(options_, MovielensTask::rating, path("out"));
    auto train = records("out/train.jsonl");
    EXPECT_THAT(train, testing::UnorderedElementsAre(json::parse(R"({"label":5,"in0":[1],"in1":[20]})"),
                                                     json::parse(R"({"label":2,"in0":[3],"in1":[7]})")));
    EXPECT_EQ(read("out/validation.jsonl"), "{\"label\":4,\"in0\":[1],\"in1\":[7]}\n");
    const json titles = json::parse(read("out/vocabulary1.json"));
    EXPECT_EQ(titles.at("Twelve Monkeys (1995)"), 7);
    EXPECT_EQ(titles.at("Mis\xC3\xA9rables, Les (1995)"), 20);
    EXPECT_THAT(read("out/README.txt"), HasSubstr("Harper"));
}

TEST_F(MovielensTest, LikedMeansAboveThree) {
    write("ml/ua.base", "1\t1\t3\t0\n");
    write("ml/ua.test", "1\t2\t4\t0\n");
    prepare_movielens(options_, MovielensTask::liked, path("out"));
    EXPECT_EQ(records("out/train.jsonl")[0]["label"], 0);
    EXPECT_EQ(records("out/validation.jsonl")[0]["label"], 1);
}

TEST_F(MovielensTest, WithoutASplitATenthIsHeldOut) {
    std::string text;
    for (int i = 1; i <= 50; ++i) text += std::to_string(i) + "\t" + std::to_string(100 + i) + "\t3\t0\n";
    write("ml/u.data", text);
    prepare_movielens(options_, MovielensTask::rating, path("out"));
    EXPECT_EQ(records("out/train.jsonl").size(), 45u);
    EXPECT_EQ(records("out/validation.jsonl").size(), 5u);
    prepare_movielens(options_, MovielensTask::rating, path("again"));
    EXPECT_EQ(contents("out"), contents("again"));
}

TEST_F(MovielensTest, CsvNumbersBecomeDenseIds) {
    write("ml/ratings.csv",
          "userId,movieId,rating,timestamp\n10,5000,3.5,1\n10,70,4.0,1\n2000,70,0.5,1\n2000,90,1.0,1\n10,90,"
          "5.0,1\n");
    write("ml/movies.csv",
          "movieId,title,genres\n70,\"Doubles, The (1995)\",Drama\n90,\"Doubles, The (1995)\",Drama\n");
    options_.validation_share = 0.2;
    prepare_movielens(options_, MovielensTask::rating, path("out"));
    EXPECT_EQ(json::parse(read("out/vocabulary0.json")), json::parse(R"({"<pad>":0,"10":1,"2000":2})"));
    EXPECT_EQ(json::parse(read("out/vocabulary1.json")),
              json::parse(R"-({"<pad>":0,"Doubles, The (1995)":1,"Doubles, The (1995) [90]":2,"5000":3})-"));
    auto all = records("out/train.jsonl");
    all.push_back(records("out/validation.jsonl").at(0));
    EXPECT_THAT(all, testing::Contains(json::parse(R"({"label":3.5,"in0":[1],"in1":[3]})")));
}

TEST_F(MovielensTest, FeaturesStandBehindTheNumbersAndUaTestIsTheTest) {
    const std::string genres = "|0|0|0|1|1|0|0|0|0|0|0|0|0|0|0|0|0|0|0\n";  // animation, children's
    const std::string none = "|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0\n";
    std::string base;
    for (int i = 0; i < 20; ++i) base += "1\t20\t5\t0\n";
    write("ml/ua.base", base);
    write("ml/ua.test", "1\t7\t4\t0\n");
    write("ml/u.user", "1|24|M|technician|85711\n");
    write("ml/u.item", "20|Toy Story (1995)|01-Jan-1995||http://x" + genres + "7|unknown|||" + none);
    options_.features = true;
    prepare_movielens(options_, MovielensTask::rating, path("out"));
    EXPECT_EQ(read("out/vocabulary0.json"),
              "{\n\"<pad>\": 0,\n\"<unk>\": 1,\n\"1\": 2,\n\"20s\": 3,\n\"m\": 4,\n\"technician\": 5\n}\n");
    EXPECT_EQ(read("out/vocabulary1.json"),
              "{\n\"<pad>\": 0,\n\"<unk>\": 1,\n\"1990s\": 2,\n\"20\": 3,\n\"animation\": "
              "4,\n\"children's\": 5\n}\n");
    EXPECT_EQ(records("out/train.jsonl").size(), 18u);
    EXPECT_EQ(records("out/validation.jsonl").size(), 2u);
    for (const json& record : records("out/train.jsonl"))
        EXPECT_EQ(record, json::parse(R"({"label":5,"in0":[2,3,4,5],"in1":[3,4,5,2]})"));
    EXPECT_EQ(read("out/test.jsonl"), "{\"label\":4,\"in0\":[2,3,4,5],\"in1\":[1]}\n");
    EXPECT_TRUE(prepare_movielens(options_, MovielensTask::rating, path("out")).was_up_to_date);
}

TEST_F(MovielensTest, FeaturesNeedTheFilesThatHoldThem) {
    write("ml/ua.base", "1\t1\t5\t0\n1\t2\t5\t0\n");
    write("ml/ua.test", "1\t1\t5\t0\n");
    options_.features = true;
    options_.validation_share = 0.5;
    EXPECT_THAT(failure(), HasSubstr("needs u.user and u.item"));
    write("ml/u.item", "1|A|01-Jan-1995||x|0\n");
    write("ml/u.user", "1|x|M|writer|1\n2|20|M|writer\n");
    const std::string users = failure();
    EXPECT_THAT(users, HasSubstr("u.user:1: age = x"));
    EXPECT_THAT(users, HasSubstr("u.user:2 = 4 fields"));
    write("ml/u.user", "1|20|M|writer|1\n");
    const std::string zeros = "|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0";
    write("ml/u.item",
          "1|A|01-Jan-1995||x|0\n2|B|1995x||x" + zeros + "|0\n3|C|01-Jan-1995||x" + zeros + "|2\n");
    const std::string items = failure();
    EXPECT_THAT(items, HasSubstr("u.item:1 = 6 fields"));
    EXPECT_THAT(items, HasSubstr("u.item:2: release year = 995x"));
    EXPECT_THAT(items, HasSubstr("u.item:3: genre = 2"));
    EXPECT_FALSE(std::filesystem::exists(path("out")));
}

TEST_F(MovielensTest, BadLinesAreAllNamedWithPlaceFieldAndValue) {
    write("ml/ua.base", "1\t1\t5\t0\n0\t1\t5\t0\n1\tx\t5\t0\n1\t1\t9\t0\n1\t1\n");
    write("ml/ua.test", "1\t1\t5\t0\n");
    const std::string message = failure();
    EXPECT_THAT(message, HasSubstr("ua.base:2: user"));
    EXPECT_THAT(message, HasSubstr("ua.base:3: movie"));
    EXPECT_THAT(message, HasSubstr("x"));
    EXPECT_THAT(message, HasSubstr("ua.base:4: rating"));
    EXPECT_THAT(message, HasSubstr("ua.base:5"));
    EXPECT_FALSE(std::filesystem::exists(path("out")));
}

TEST_F(MovielensTest, AMissingFolderSaysWhereToDownload) {
    options_.source = path("nowhere");
    EXPECT_THAT(failure(), HasSubstr("grouplens.org"));
}

TEST_F(MovielensTest, AFolderWithoutRatingsIsRefused) {
    EXPECT_THAT(failure(), HasSubstr("ua.base"));
}

}  // namespace
}  // namespace o2v::prepare
