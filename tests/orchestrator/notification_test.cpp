#include "orchestrator/notification.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <sstream>

#include "tests/orchestrator/random_events.hpp"
#include "tests/orchestrator/temporary_folder.hpp"

namespace o2v::orchestrator {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class NotificationTest : public testing::Test {
  protected:
    std::string contents(const std::string& name) const {
        std::stringstream text;
        text << std::ifstream(folder_.file(name)).rdbuf();
        return text.str();
    }
    std::optional<std::string> tell(std::vector<std::string> command,
                                    std::chrono::milliseconds at_most = std::chrono::seconds(20)) {
        return notify({std::move(command),
                       folder_.path(),
                       folder_.file("notify.log"),
                       {"O2V_WHY=two words", "O2V_END=done"},
                       at_most});
    }

    TemporaryFolder folder_;
};

TEST_F(NotificationTest, TheProgramIsToldInItsEnvironment) {
    const std::string script = folder_.write(
        "tell.sh", "#!/bin/sh\necho \"$1 $O2V_END: $O2V_WHY\" > told; echo printed; echo wrong >&2\n");
    chmod(script.c_str(), 0755);
    EXPECT_EQ(tell({"./tell.sh", "an argument"}), std::nullopt);
    EXPECT_EQ(contents("told"), "an argument done: two words\n");
    EXPECT_EQ(contents("notify.log"), "printed\nwrong\n");
    EXPECT_EQ(tell({"true"}), std::nullopt) << "a name without a slash is looked for in PATH";
}

TEST_F(NotificationTest, WhatGoesWrongIsASentence) {
    EXPECT_THAT(*tell({"./none.sh"}), HasSubstr("./none.sh, cannot be run"));
    EXPECT_THAT(*tell({"sh", "-c", "exit 3"}), HasSubstr("sh, ended with exit code 3"));
    EXPECT_THAT(*tell({"sh", "-c", "kill -9 $$"}), HasSubstr("killed by signal 9"));
    EXPECT_THAT(*notify({{"true"}, folder_.path(), folder_.file("no/such/log"), {}}),
                HasSubstr("log cannot be written"));
}

TEST_F(NotificationTest, WhatTakesTooLongIsKilledWithAllItHasStarted) {
    EXPECT_THAT(*tell({"sh", "-c", "(sleep 2; touch late) & wait"}, std::chrono::milliseconds(100)),
                HasSubstr("took longer than 100 ms"));
    EXPECT_THAT(*tell({"sh", "-c", "sleep 2.2; test ! -e late && exit 7"}), HasSubstr("exit code 7"))
        << "what it had started went on";
}

TEST_F(NotificationTest, SaysWhatCameOfTheStudy) {
    Study study(random_experiment().study);
    EXPECT_THAT(
        notification_environment(study, "/runs/random", {RunEnd::failed, "the disk is full"}),
        ElementsAre("O2V_STUDY=random", "O2V_FOLDER=/runs/random", "O2V_END=failed",
                    "O2V_WHY=the disk is full", "O2V_TRIALS=0", "O2V_BEST_TRIAL=", "O2V_BEST_VALUE="));
    study.apply(TrialCreated{0, {}, 1, "", {}});
    study.apply(AttemptStarted{0, 1, "w", "cpu", "h", {}});
    study.apply(TrialEnded{0, Completed{{{"validation:loss", 0.1}}, 0, ""}});
    EXPECT_THAT(notification_environment(study, "/runs/random", {RunEnd::interrupted, ""}),
                testing::IsSupersetOf(
                    {"O2V_END=interrupted", "O2V_TRIALS=1", "O2V_BEST_TRIAL=0", "O2V_BEST_VALUE=0.1"}));
}

}  // namespace
}  // namespace o2v::orchestrator
