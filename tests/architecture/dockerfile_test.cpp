// cmake/setup/dockerfile_lint.sh: the project's Dockerfile is in order, and what is not is found.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/orchestrator/temporary_folder.hpp"
#include "tests/program.hpp"

namespace o2v {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const std::string kSetup = O2V_SOURCE_DIR "/cmake/setup/";

class DockerfileTest : public testing::Test {
  protected:
    ShellRun lint(const std::string& text) {
        folder_.write("Dockerfile", text);
        folder_.write(".dockerignore", "build\n");
        folder_.write("here.txt", "");
        return run_program(kSetup + "dockerfile_lint.sh " + folder_.file("Dockerfile"));
    }
    TemporaryFolder folder_;
};

TEST_F(DockerfileTest, TheProjectsOwnIsInOrder) {
    const ShellRun checked = run_program(kSetup + "dockerfile_lint.sh " O2V_SOURCE_DIR "/Dockerfile");
    EXPECT_EQ(checked.exit_code, 0) << checked.output;
    EXPECT_EQ(checked.output, "");
}

TEST_F(DockerfileTest, ContinuedLinesAreOneStepWithoutTheirComments) {
    folder_.write("Dockerfile", "# a\nFROM debian:trixie\n\nrun echo 1 \\\n    # between\n    && echo 2\n");
    EXPECT_EQ(run_program(kSetup + "dockerfile_steps.sh " + folder_.file("Dockerfile")).output,
              "2 FROM debian:trixie\n4 RUN echo 1 && echo 2\n");
    EXPECT_NE(lint("FROM debian:trixie\nRUN echo 1 \\\n").exit_code, 0);
}

TEST_F(DockerfileTest, AGoodOneHasNoComplaint) {
    const ShellRun checked = lint(
        "ARG SUITE=trixie\nFROM debian:${SUITE} AS build\nCOPY here.txt /a\nFROM debian:trixie\n"
        "COPY --from=build /a /b\nWORKDIR /opt\nEXPOSE 8080\nENTRYPOINT [\"a\", \"b\"]\nCMD [\"c\"]\n");
    EXPECT_EQ(checked.exit_code, 0) << checked.output;
}

TEST_F(DockerfileTest, EverythingWrongIsSaidWithItsLine) {
    const ShellRun checked = lint(
        "FROM debian\n"
        "COPY there.txt /a\n"
        "COPY --from=build /a /b\n"
        "RUN apt-get install wget\n"
        "ENTRYPOINT a b\n"
        "WORKDIR opt\n"
        "EXPOSE http\n"
        "RUNN echo\n"
        "ADD http://example.org/a /a\n"
        "RUN sudo true\n");
    EXPECT_EQ(checked.exit_code, 1);
    EXPECT_THAT(checked.output, AllOf(HasSubstr("Dockerfile:1: FROM debian: names no tag"),
                                      HasSubstr(":2: COPY there.txt: is not there"),
                                      HasSubstr(":3: COPY --from=build: there is no such stage"),
                                      HasSubstr(":4: apt-get install: without -y"),
                                      HasSubstr(":4: apt-get install: without --no-install-recommends"),
                                      HasSubstr(":4: apt-get install: the lists stay"),
                                      HasSubstr(":5: ENTRYPOINT: must be in exec form")));
    EXPECT_THAT(checked.output, AllOf(HasSubstr(":6: WORKDIR opt: must be an absolute path"),
                                      HasSubstr(":7: EXPOSE http"), HasSubstr(":8: RUNN: is no instruction"),
                                      HasSubstr(":9: ADD"), HasSubstr(":10: RUN: sudo")));
}

TEST_F(DockerfileTest, RunLinesAreCheckedAsShell) {
    const ShellRun checked = lint("FROM debian:trixie\nRUN cd $HOME && [[ -e x ]]\n");
    EXPECT_EQ(checked.exit_code, 1);
    EXPECT_THAT(checked.output, AllOf(HasSubstr(":2: RUN: "), HasSubstr("SC2086")));
    EXPECT_THAT(lint("FROM debian:trixie\nRUN cd \"$HOME\" && test -e x\n").output, Not(HasSubstr("RUN")));
}

}  // namespace
}  // namespace o2v
