#include "model/data/vocabulary.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/data/pretrained.hpp"
#include "search/study/errors.hpp"
#include "temporary_file.hpp"

namespace o2v::data {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string refused(const std::string& content) {
    const TemporaryFile file(content);
    try {
        const Vocabulary vocabulary(file.path());
    } catch (const InputError& error) {
        return error.what();
    }
    return "";
}

TEST(Vocabulary, MapsWordsAndDropsUnknownOnes) {
    const TemporaryFile file(R"({"<pad>": 0, "dog": 2, "caf\u00e9": 3})");
    const Vocabulary vocabulary(file.path());
    EXPECT_EQ(vocabulary.size(), 3u);
    EXPECT_EQ(vocabulary.find("dog"), 2);
    EXPECT_EQ(vocabulary.find("cat"), -1);
    EXPECT_THAT(vocabulary.encode("a Dog, a cat, a dog!"), ElementsAre(2, 2));
}

TEST(Vocabulary, UnknownWordsBecomeUnkWhereThereIsOne) {
    const TemporaryFile file(R"({"<unk>": 1, "dog": 2})");
    EXPECT_THAT(Vocabulary(file.path()).encode("cat dog"), ElementsAre(1, 2));
}

TEST(Vocabulary, ATextThatIsAnEntryAsItStandsGivesThatOne) {
    const TemporaryFile file(R"json({"Star Wars (1977)": 5, "star": 6, "wars": 7, "a star": 8})json");
    const Vocabulary titles(file.path());
    EXPECT_THAT(titles.encode("Star Wars (1977)"), ElementsAre(5));
    EXPECT_THAT(titles.encode("star wars"), ElementsAre(6, 7));
    EXPECT_THAT(titles.encode("Star"), ElementsAre(6));
    EXPECT_THAT(titles.encode("a star"), ElementsAre(6, 8)) << "an n-gram comes after its words";
}

TEST(Vocabulary, LooksUpTheNgramsOfTheKindsThatItHolds) {
    const TemporaryFile both(R"({"<unk>": 1, "dog": 2, "a": 3, "a dog": 4, "#<do": 5, "#og>": 6})");
    EXPECT_THAT(Vocabulary(both.path()).encode("A dog"), ElementsAre(3, 2, 4, 5, 6));
    EXPECT_THAT(Vocabulary(both.path()).encode("a frog"), ElementsAre(3, 1, 6))
        << "unknown n-grams are left out";
}

TEST(Vocabulary, ATextMayBeAnEntryAndLookLikeAnNgram) {
    const TemporaryFile file(R"-({"<unk>": 1, "#Horror (2015)": 7, "new york": 8})-");
    const Vocabulary names(file.path());
    EXPECT_THAT(names.encode("#Horror (2015)"), ElementsAre(7));
    EXPECT_THAT(names.encode("new york"), ElementsAre(8));
    EXPECT_THAT(names.encode("a new york"), ElementsAre(1, 1, 1, 8));
}

TEST(Vocabulary, RefusesWhatIsNoMapOfIds) {
    EXPECT_THAT(refused("[1]"), HasSubstr("must be an object"));
    EXPECT_THAT(refused("{"), HasSubstr("is not JSON"));
    EXPECT_THAT(refused(R"({"a": -1})"), HasSubstr(": a = -1: must be an id"));
    EXPECT_THAT(refused(R"({"a": "b"})"), HasSubstr("must be an id"));
    EXPECT_THROW(Vocabulary("/nonexistent"), StorageError);
}

TEST(Labels, AreNames) {
    const TemporaryFile good(R"(["noun.act", "noun.animal"])"), bad(R"(["a", 1])");
    EXPECT_THAT(read_labels(good.path()), ElementsAre("noun.act", "noun.animal"));
    EXPECT_THROW(read_labels(bad.path()), InputError);
}

TEST(Pretrained, ReadsTheVocabularysTokens) {
    const TemporaryFile words(R"({"dog": 2, "cat": 1})");
    const TemporaryFile vectors("the 1 2 3\ndog 0.5 -1e-2 3\ncat 4 5 6\ndog 9 9 9\n");
    const auto found = read_pretrained(vectors.path(), Vocabulary(words.path()), 3, 3);
    EXPECT_THAT(found.ids, ElementsAre(2, 1));
    EXPECT_THAT(found.values, ElementsAre(0.5f, -1e-2f, 3, 4, 5, 6));
}

TEST(Pretrained, NamesBadLines) {
    const TemporaryFile words(R"({"dog": 2})");
    const auto refused_line = [&](const std::string& line, std::int64_t vocab_size) -> std::string {
        const TemporaryFile vectors("the 1 2 3\n" + line + "\n");
        try {
            read_pretrained(vectors.path(), Vocabulary(words.path()), 3, vocab_size);
        } catch (const InputError& error) {
            return error.what();
        }
        return "";
    };
    EXPECT_THAT(refused_line("dog 1 2", 3),
                HasSubstr(":2 = 2 numbers: must be as many as token_embedding_dim = 3"));
    EXPECT_THAT(refused_line("dog 1 x 2", 3), HasSubstr(":2 = x: must be a finite number"));
    EXPECT_THAT(refused_line("dog 1 nan 2", 3), HasSubstr("finite"));
    EXPECT_THAT(refused_line("dog 1 2 3", 2), HasSubstr("vocab_size = 2"));
}

}  // namespace
}  // namespace o2v::data
