#include "worker/protocol/command.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "search/study/errors.hpp"

namespace o2v::protocol {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const Assignment kParams{{"lr", 1e-5}, {"layers", std::int64_t{3}}, {"kind", std::string("a {b} c")}};

TEST(Placeholders, AreNamedInOrder) {
    EXPECT_THAT(placeholders("--lr={lr}"), ElementsAre("lr"));
    EXPECT_THAT(placeholders("{a}{b c}{a}"), ElementsAre("a", "b c", "a"));
    EXPECT_THAT(placeholders("{{lr}}"), IsEmpty());
    EXPECT_THAT(placeholders("{{{lr}}}"), ElementsAre("lr"));
    EXPECT_THAT(placeholders(""), IsEmpty());
}

TEST(Substitute, PutsValuesInTheirShortestExactForm) {
    EXPECT_EQ(substitute("--lr={lr}", kParams), "--lr=1e-05");
    EXPECT_EQ(substitute("{layers}x{layers}", kParams), "3x3");
    EXPECT_EQ(substitute("plain", kParams), "plain");
    EXPECT_EQ(substitute("", kParams), "");
    EXPECT_EQ(substitute("{x}", {{"x", 0.1 + 0.2}}), "0.30000000000000004");
}

TEST(Substitute, ValuesAreNotLookedIntoAgain) {
    EXPECT_EQ(substitute("[{kind}]", kParams), "[a {b} c]");
}

TEST(Substitute, DoubledBracesAreBraces) {
    EXPECT_EQ(substitute(R"({{"lr": {lr}}})", kParams), R"({"lr": 1e-05})");
    EXPECT_EQ(substitute("${{HOME}}", kParams), "${HOME}");
}

TEST(Substitute, AnArgumentOfAParameterThatIsNotThereIsLeftOut) {
    EXPECT_EQ(substitute("--beta={beta}", kParams), std::nullopt);
    EXPECT_EQ(substitute("{lr},{beta}", kParams), std::nullopt);
}

TEST(Substitute, UnpairedBracesAreRefusedWithTheArgument) {
    for (const char* argument : {"{", "}", "{lr", "lr}", "{}", "{a{b}}", "{{}", "{}}", "--x={a}}"}) {
        try {
            substitute(argument, kParams);
            ADD_FAILURE() << argument;
        } catch (const InputError& e) {
            EXPECT_EQ(e.problems().at(0).value, argument);
            EXPECT_THAT(e.problems().at(0).message, HasSubstr("stand"));
        }
        EXPECT_THROW(placeholders(argument), InputError) << argument;
    }
}

TEST(EnvironmentName, IsUpperCaseWithUnderscores) {
    EXPECT_EQ(environment_name("learning_rate"), "O2V_HP_LEARNING_RATE");
    EXPECT_EQ(environment_name("opt.beta-1"), "O2V_HP_OPT_BETA_1");
    EXPECT_EQ(environment_name("\xc3\xa4"), "O2V_HP___");
}

}  // namespace
}  // namespace o2v::protocol
