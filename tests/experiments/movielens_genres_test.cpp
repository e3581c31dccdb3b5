#include "experiments/prepare/movielens_genres.hpp"

#include <gmock/gmock.h>

#include <map>

#include "search/study/errors.hpp"
#include "tests/experiments/folder_fixture.hpp"

namespace o2v::prepare {
namespace {

using nlohmann::json;
using testing::HasSubstr;

// Ten films, of which the first five are westerns and the others comedies; two of each hold the same words.
std::string csv_movies() {
    std::string text = "movieId,title,genres\n";
    for (int i = 1; i <= 10; ++i)
        text += std::to_string(i) + ",\"Lone " + (i <= 5 ? "Rider" : "Clown") + ", The (19" +
                std::to_string(50 + i) + ")\"," + (i <= 5 ? "Western" : "Comedy|Sci-Fi") + "\n";
    return text + "11,Nothing Known,(no genres listed)\n";
}

class MovielensGenresTest : public FolderTest {
  protected:
    void SetUp() override {
        options_.source = path("ml");
        std::filesystem::create_directory(path("ml"));
    }
    std::string failure() {
        try {
            prepare_movielens_genres(options_, path("out"));
        } catch (const InputError& error) {
            return error.what();
        }
        return "";
    }
    MovielensGenreOptions options_;
};

TEST_F(MovielensGenresTest, EveryFilmIsAskedForEveryGenreInOneFile) {
    write("ml/movies.csv", csv_movies());
    prepare_movielens_genres(options_, path("out"));
    const json genres = json::parse(read("out/vocabulary1.json"));
    EXPECT_EQ(genres, (json{{"<pad>", 0}, {"comedy", 1}, {"scifi", 2}, {"western", 3}}));
    EXPECT_EQ(records("out/train.jsonl").size(), 7U * 3);
    EXPECT_EQ(records("out/validation.jsonl").size(), 1U * 3);
    EXPECT_EQ(records("out/test.jsonl").size(), 2U * 3);
    const json words = json::parse(read("out/vocabulary0.json"));
    for (const char* token : {"<unk>", "lone", "rider", "clown", "1950s", "#<rid"})
        EXPECT_TRUE(words.contains(token)) << token;
    EXPECT_FALSE(words.contains("1951"));
    for (const char* file : {"out/train.jsonl", "out/validation.jsonl", "out/test.jsonl"})
        for (const json& pair : records(file)) {
            const auto in0 = pair.at("in0").get<std::vector<int>>();
            const bool western = std::count(in0.begin(), in0.end(), words.at("rider").get<int>()) > 0;
            EXPECT_EQ(pair.at("label"), (pair.at("in1").at(0) == 3) == western ? 1 : 0) << pair;
        }
}

TEST_F(MovielensGenresTest, TheOlderFormHasTheSameWords) {
    std::string items;
    const auto flags = [](int genre) {
        std::string text;
        for (int i = 0; i < 19; ++i) text += i == genre ? "|1" : "|0";
        return text;
    };
    for (int i = 1; i <= 10; ++i)  // 18 = western, 5 = comedy, 0 = unknown
        items += std::to_string(i) + "|Lone Rider (1995)|01-Jan-1995||http://x" +
                 flags(i == 10      ? 0
                       : i % 2 == 0 ? 18
                                    : 5) +
                 "\n";
    write("ml/u.item", items);
    options_.validation_share = options_.test_share = 0.2;
    prepare_movielens_genres(options_, path("out"));
    EXPECT_EQ(json::parse(read("out/vocabulary1.json")), (json{{"<pad>", 0}, {"comedy", 1}, {"western", 2}}));
    EXPECT_EQ(records("out/train.jsonl").size(), 5U * 2) << "nine films have a genre";
}

TEST_F(MovielensGenresTest, WhatIsMissingIsSaid) {
    EXPECT_THAT(failure(), HasSubstr("holds neither u.item nor movies.csv"));
    write("ml/movies.csv", "movieId,title,genres\n1,One (1990),Drama\n2,Two,(no genres listed)\n");
    EXPECT_THAT(failure(), HasSubstr("1 movies with a genre"));
    write("ml/movies.csv", "movieId,title,genres\n1,One (1990)\n");
    EXPECT_THAT(failure(), HasSubstr("movies.csv:2"));
}

}  // namespace
}  // namespace o2v::prepare
