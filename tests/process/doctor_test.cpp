// The real program looks over the machine that the tests run on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/orchestrator/temporary_folder.hpp"
#include "tests/process/program.hpp"

namespace o2v {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

// A machine may well have flaws; what they are is not these tests' concern.
class DoctorTest : public testing::Test {
  protected:
    TemporaryFolder folder_;
};

TEST_F(DoctorTest, SpeaksOfEverySubjectAndLeavesNothing) {
    const Finished finished = run_tune(folder_.path(), {"doctor"});
    for (const char* subject : {"LibTorch", "cores", "pinning", "GPU", "memory", "swap", "disk", "SQLite",
                                "environment", "energy", "limits", "other runs"})
        EXPECT_THAT(finished.out,
                    testing::ContainsRegex(std::string("(ok|note|warning|problem) +") + subject));
    EXPECT_THAT(finished.out, Not(HasSubstr("\033["))) << "it is no terminal";
    EXPECT_EQ(finished.exit_code, finished.out.find("\nproblem") == std::string::npos ? 0 : 1);
    EXPECT_EQ(finished.err, "");
    EXPECT_FALSE(std::filesystem::exists(folder_.file("runs")));
}

TEST_F(DoctorTest, JsonHasTheSameAndTheWorst) {
    const Finished finished = run_tune(folder_.path(), {"doctor", "--json", "--folder", folder_.path()});
    const json report = json::parse(finished.out);
    std::set<std::string> subjects;
    for (const json& finding : report.at("findings")) {
        subjects.insert(finding.at("subject").get<std::string>());
        EXPECT_NE(finding.at("found"), "");
    }
    EXPECT_TRUE(subjects.contains("SQLite"));
    EXPECT_TRUE(subjects.contains("LibTorch"));
#ifdef O2V_WITH_TORCH
    EXPECT_TRUE(subjects.contains("BLAS"));
    EXPECT_THAT(finished.out, HasSubstr("matrix products agree with double precision"));
#endif
    EXPECT_EQ(finished.exit_code, report.at("worst") == "problem" ? 1 : 0);
}

TEST_F(DoctorTest, NamesTheCountersOfEnergy) {
    EXPECT_THAT(run_tune(folder_.path(), {"doctor"}).out, HasSubstr("the machine tells nothing of it"));
    folder_.write("powercap/intel-rapl:0/name", "package-0\n");
    folder_.write("powercap/intel-rapl:0/energy_uj", "5\n");
    EXPECT_THAT(run_tune(folder_.path(), {"doctor"}).out,
                testing::ContainsRegex("ok +energy +counted by package-0\n"));
}

TEST_F(DoctorTest, AProblemIsExitCodeOneWithWhatToDo) {
    setenv("O2V_WORKER", "/nowhere/o2v-worker", 1);
    const Finished missing = run_tune(folder_.path(), {"doctor"});
    unsetenv("O2V_WORKER");
    EXPECT_EQ(missing.exit_code, 1);
    EXPECT_THAT(missing.out, testing::ContainsRegex("problem +o2v-worker +/nowhere/o2v-worker"));
    EXPECT_THAT(missing.out, HasSubstr("-> build it (make build)"));
    const Finished unwritable = run_tune(folder_.path(), {"doctor", "--folder", "/proc/runs"});
    EXPECT_EQ(unwritable.exit_code, 1);
    EXPECT_THAT(unwritable.out, testing::ContainsRegex("problem +disk +/proc"));
}

TEST_F(DoctorTest, AWorkerThatAnswersNonsenseIsAProblem) {
    setenv("O2V_WORKER", "/bin/echo", 1);
    const Finished finished = run_tune(folder_.path(), {"doctor"});
    unsetenv("O2V_WORKER");
    EXPECT_EQ(finished.exit_code, 1);
    EXPECT_THAT(finished.out, HasSubstr("its answer cannot be read"));
}

}  // namespace
}  // namespace o2v
