#include "model/data/tokens.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace o2v::data {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Tokens, LowerCaseRunsOfLettersDigitsAndApostrophes) {
    EXPECT_THAT(tokenize("The cat's 2nd HOUSE"), ElementsAre("the", "cat's", "2nd", "house"));
    EXPECT_THAT(tokenize("a_b-c,d  e"), ElementsAre("a", "b", "c", "d", "e"));
}

TEST(Tokens, OtherBytesSeparate) {
    EXPECT_THAT(tokenize("na\xc3\xafve"), ElementsAre("na", "ve"));
    EXPECT_THAT(tokenize(" \t\n--"), IsEmpty());
    EXPECT_THAT(tokenize(""), IsEmpty());
}

TEST(Ngrams, OfNeighbouringWords) {
    EXPECT_THAT(ngrams({"a", "kind", "of", "dog"}, {2, 0, 0}), ElementsAre("a kind", "kind of", "of dog"));
    EXPECT_THAT(ngrams({"a", "b", "c"}, {3, 0, 0}), ElementsAre("a b", "a b c", "b c"));
    EXPECT_THAT(ngrams({"a", "b", "a", "b"}, {2, 0, 0}), ElementsAre("a b", "b a")) << "each once";
    EXPECT_THAT(ngrams({"dog"}, {2, 0, 0}), IsEmpty());
    EXPECT_THAT(ngrams({"a", "kind"}, {}), IsEmpty());
}

TEST(Ngrams, OfAWordsCharactersWithItsBeginAndEnd) {
    EXPECT_THAT(ngrams({"dog"}, {1, 3, 4}), ElementsAre("#<do", "#dog", "#og>", "#<dog", "#dog>"));
    EXPECT_THAT(ngrams({"i"}, {1, 3, 6}), ElementsAre("#<i>"));
    EXPECT_THAT(ngrams({"i"}, {1, 4, 6}), IsEmpty());
    EXPECT_THAT(ngrams({"ox", "ox"}, {2, 4, 4}), ElementsAre("ox ox", "#<ox>"));
}

TEST(Ngrams, AreToldFromWordsByTheirLooks) {
    EXPECT_TRUE(is_word_ngram("of a"));
    EXPECT_TRUE(is_word_ngram("cat's of 2"));
    for (const char* other : {"", "of", " of", "of ", "of  a", "Toy Story", "toy (1995)", "<unk>", "#of a"}) {
        EXPECT_FALSE(is_word_ngram(other)) << other;
    }
    EXPECT_TRUE(is_character_ngram("#<of"));
    EXPECT_TRUE(is_character_ngram("#'s>"));
    EXPECT_FALSE(is_character_ngram("#Horror (2015)"));
    EXPECT_FALSE(is_character_ngram("of"));
    EXPECT_FALSE(is_character_ngram("#"));
}

}  // namespace
}  // namespace o2v::data
