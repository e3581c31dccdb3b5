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

}  // namespace
}  // namespace o2v::data
