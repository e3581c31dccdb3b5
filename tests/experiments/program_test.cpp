// o2v-prepare as a person starts it: exit codes and what is said where.
#include "tests/program.hpp"
#include <gmock/gmock.h>
#include "tests/experiments/folder_fixture.hpp"

namespace o2v::prepare {
namespace {

using testing::HasSubstr;

class PrepareProgram : public FolderTest {
  protected:
    // Exit code; the output of both streams is in output_.
    int run(const std::string& arguments) {
        auto [exit_code, output] = run_program(O2V_BIN_DIR "/o2v-prepare " + arguments);
        output_ = std::move(output);
        return exit_code;
    }
    std::string output_;
};

TEST_F(PrepareProgram, HelpTeachesWithAnExample) {
    EXPECT_EQ(run("--help"), 0);
    EXPECT_THAT(output_, HasSubstr("o2v-prepare wordnet --out experiments/data"));
    EXPECT_EQ(run("movielens --help"), 0);
    EXPECT_THAT(output_, HasSubstr("ml-100k"));
    EXPECT_EQ(run("--version"), 0);
    EXPECT_THAT(output_, HasSubstr("o2v-prepare "));
}

TEST_F(PrepareProgram, BadInputEndsWith2) {
    EXPECT_EQ(run(""), 2);
    EXPECT_EQ(run("wordnet --out " + path("out") + " --lemmas some"), 2);
    for (const char* lengths : {"3", "5-3", "0-3", "3-21", "3-5x", "a-b"}) {
        EXPECT_EQ(run("wordnet --out " + path("out") + " --char-ngrams " + lengths), 2) << lengths;
        EXPECT_THAT(output_, HasSubstr(std::string("--char-ngrams = ") + lengths + ": two lengths"));
    }
    EXPECT_EQ(run("wordnet --out " + path("out") + " --source " + path("none")), 2);
    EXPECT_THAT(output_, HasSubstr("wordnet-base"));
    EXPECT_EQ(run("movielens --out " + path("out") + " --source " + path("none")), 2);
    EXPECT_THAT(output_, HasSubstr("files.grouplens.org"));
}

TEST_F(PrepareProgram, MovielensPrintsTermsAndCountsAndThenIsUpToDate) {
    write("ml/ua.base", "1\t20\t5\t1\n3\t7\t2\t1\n");
    write("ml/ua.test", "1\t7\t4\t1\n");
    const std::string arguments = "movielens --out " + path("out") + " --source " + path("ml");
    EXPECT_EQ(run(arguments), 0) << output_;
    EXPECT_THAT(output_, HasSubstr("commercial"));
    EXPECT_THAT(output_, HasSubstr("2 rows"));
    EXPECT_EQ(run(arguments + " --task liked"), 0);
    EXPECT_THAT(output_, HasSubstr("is up to date"));
    EXPECT_TRUE(std::filesystem::exists(path("out/movielens-rating/train.jsonl")));
    EXPECT_TRUE(std::filesystem::exists(path("out/movielens-liked/train.jsonl")));
}

TEST_F(PrepareProgram, AnUnwritablePlaceEndsWith1) {
    write("ml/ua.base", "1\t20\t5\t1\n");
    write("ml/ua.test", "1\t7\t4\t1\n");
    EXPECT_EQ(run("movielens --out /proc/o2v --source " + path("ml")), 1);
    EXPECT_THAT(output_, HasSubstr("/proc/o2v"));
}

}  // namespace
}  // namespace o2v::prepare
