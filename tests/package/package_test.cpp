// What a packager relies on: versions, completion, an installation that needs nothing of the build tree.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>

#include "tests/orchestrator/temporary_folder.hpp"
#include "tests/program.hpp"

namespace o2v {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::IsSupersetOf;

std::vector<std::string> split(const std::string& text, char separator) {
    std::vector<std::string> parts;
    std::istringstream stream(text);
    for (std::string part; std::getline(stream, part, separator);) parts.push_back(part);
    return parts;
}

TEST(Package, EveryProgramSaysTheProjectsVersion) {
    const auto programs = split(O2V_PROGRAMS, ' ');
    EXPECT_THAT(programs, IsSupersetOf({"o2v-tune", "o2v-worker", "o2v-command-worker", "o2v-pilot"}));
    for (const std::string& program : programs)
        EXPECT_EQ(run_program(O2V_BIN_DIR "/" + program + " --version").output,
                  program + " " O2V_PROJECT_VERSION "\n");
    EXPECT_THAT(O2V_PROJECT_VERSION, testing::MatchesRegex("[0-9]+\\.[0-9]+\\.[0-9]+"));
}

TEST(CommandLine, AWordThatIsNoCommandIsNamedWithTheNearest) {
    const auto said = [](const std::string& words) {
        const ShellRun run = run_program(O2V_BIN_DIR "/o2v-tune " + words);
        EXPECT_EQ(run.exit_code, 2) << run.output;
        return run.output;
    };
    EXPECT_THAT(said("leaderbord --all"), HasSubstr("leaderbord: is no command; did you mean leaderboard?"));
    EXPECT_THAT(said("models lists"), HasSubstr("lists: is no command; did you mean list?"));
    EXPECT_THAT(said("models lists"), HasSubstr("o2v-tune models --help"));
    EXPECT_THAT(said("completion zsh"), HasSubstr("zsh: is no command"));
    EXPECT_THAT(said(""), AllOf(HasSubstr("leaderboard"), HasSubstr("one of these commands is required")));
    EXPECT_THAT(said("--nonsense"), testing::Not(HasSubstr("is no command")));
}

class CompletionTest : public testing::Test {
  protected:
    // What bash completes the last word to, by the script that o2v-tune prints.
    std::vector<std::string> completed(const std::string& words) {
        const std::string tune = O2V_BIN_DIR "/o2v-tune";
        const ShellRun run = run_program("cd " + folder_.path() + " && " + tune +
                                         " completion bash >script && SCRIPT=./script " +
                                         O2V_SOURCE_DIR "/cmake/setup/completed.sh " + tune + ' ' + words);
        EXPECT_EQ(run.exit_code, 0) << run.output;
        auto lines = split(run.output, '\n');
        std::erase(lines, "");
        return lines;
    }
    TemporaryFolder folder_;
};

TEST_F(CompletionTest, OffersEveryCommandOfHelp) {
    const std::string help = run_program(O2V_BIN_DIR "/o2v-tune --help").output;
    std::vector<std::string> commands;
    std::istringstream lines(help.substr(help.find("Subcommands:\n") + 13));
    for (std::string line; std::getline(lines, line) && line.starts_with("  ");)
        commands.push_back(line.substr(2, line.find(' ', 2) - 2));
    EXPECT_GT(commands.size(), 30U);
    EXPECT_THAT(completed("''"), testing::UnorderedElementsAreArray(commands));
    EXPECT_THAT(completed("models ''"), IsSupersetOf({"list", "show", "diff", "rollback", "export"}));
}

TEST_F(CompletionTest, OffersOptionsAndTheirValues) {
    EXPECT_THAT(completed("run --max"), ElementsAre("--max-trials", "--max-time"));
    EXPECT_THAT(completed("importance --method f"), ElementsAre("fanova"));
    EXPECT_THAT(completed("importance --method = f"), ElementsAre("fanova"));
    EXPECT_THAT(completed("leaderboard --format mark"), ElementsAre("markdown"));
    EXPECT_THAT(completed("embed x --side in"), ElementsAre("in0", "in1"));
    EXPECT_THAT(completed("run x.json --strategy so"), ElementsAre("sobol"));
    EXPECT_THAT(completed("train x.json --set learning_r"), ElementsAre("learning_rate="));
    EXPECT_THAT(completed("train x.json --set learning_rate = 0"), IsEmpty());
    EXPECT_THAT(completed("run x.json --max-trials ''"), IsEmpty());
    EXPECT_THAT(completed("no-such-command --x"), IsEmpty());
}

TEST_F(CompletionTest, OffersFilesAndStudies) {
    folder_.write("experiment.json", "{}");
    std::filesystem::create_directories(folder_.file("runs/wordnet"));
    folder_.write("runs/wordnet/study.db", "");
    EXPECT_THAT(completed("run exp"), ElementsAre("experiment.json"));
    EXPECT_THAT(completed("status wor"), ElementsAre("wordnet"));
    EXPECT_THAT(completed("show 3 --run wor"), ElementsAre("wordnet"));
    EXPECT_THAT(completed("stop wor"), ElementsAre("wordnet"));
}

TEST(Package, AnInstallationRunsAnExperiment) {
    TemporaryFolder folder;
    const std::string prefix = folder.file("prefix");
    const ShellRun installed = run_program(O2V_CMAKE " --install " O2V_BUILD_DIR " --prefix " + prefix);
    ASSERT_EQ(installed.exit_code, 0) << installed.output;
    for (const char* file :
         {"share/o2v-tune/experiments/experiment.schema.json", "share/doc/o2v-tune/README.md",
          "share/doc/o2v-tune/experiments/wordnet.json", "share/bash-completion/completions/o2v-tune"})
        EXPECT_TRUE(std::filesystem::is_regular_file(prefix + '/' + file)) << file;
    folder.write("parabola.json", R"({
        "name": "parabola", "problem": "branin", "fixed": {"epochs": 2},
        "objective": {"metric": "validation:loss"},
        "search": {"strategy": "random", "seed": 1, "space": {"x0": {"type": "float", "min": -5, "max": 10},
                                                               "x1": {"type": "float", "min": 0, "max": 15}}},
        "budget": {"trials": 3}, "resources": {"slots": 1}})");
    const std::string tune = "cd " + folder.path() + " && O2V_SHARE_CORES=1 prefix/bin/o2v-tune ";
    const ShellRun run = run_program(tune + "run parabola.json");
    ASSERT_EQ(run.exit_code, 0) << run.output;
    EXPECT_THAT(run_program(tune + "leaderboard parabola --format csv").output, HasSubstr("\n"));
    EXPECT_EQ(run_program(tune + "report parabola -o r.html").exit_code, 0);
    EXPECT_GT(std::filesystem::file_size(folder.file("r.html")), 10000U);
}

}  // namespace
}  // namespace o2v
