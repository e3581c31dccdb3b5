// Which jobs are given up as pilots, against a Slurm that says what the test has written.
#include "orchestrator/slurm_pilots.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/loop.hpp"
#include "tests/slurm/stand_in.hpp"

namespace o2v::orchestrator {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::Not;

class SlurmPilotsTest : public StandIn {
  protected:
    void SetUp() override {
        // Jobs are 1, 2, ...; element 0 of job 1 has what the test says, all others wait.
        tool("sbatch", "echo x >>$HERE/submitted; grep -c x $HERE/submitted");
        tool("squeue",
             "if [ -e $HERE/submitted ]; then for job in $(seq $(grep -c x $HERE/submitted)); do "
             "grep -q \"^${job}_0\" $HERE/cancelled 2>/dev/null || "
             "if [ $job = 1 ]; then cat $HERE/first; else echo \"${job}_0|PENDING||Priority\"; fi; done; fi");
        tool("scancel", "printf '%s\\n' \"$@\" >>$HERE/cancelled");
        options_.token = "token";
        options_.pilot_program = "o2v-pilot";
        options_.folder = folder_.path();
        options_.log = [this](const std::string& line) { log_ += line + '\n'; };
        options_.pause = options_.look = milliseconds(10);
        options_.silent_for = milliseconds(300);
    }
    // Asks for one pilot until it has been submitted so often; false when that does not come.
    bool submits(SlurmPilots& pilots, const std::string& job) {
        return run_until(io_, [&] {
            pilots.want(1);
            return log_.find("submitted 1 pilots as job " + job) != std::string::npos;
        });
    }
    void wants_for(SlurmPilots& pilots, milliseconds time) {
        const auto end = std::chrono::steady_clock::now() + time;
        EXPECT_TRUE(run_until(io_, [&] {
            pilots.want(1);
            return std::chrono::steady_clock::now() > end;
        }));
    }

    std::string log_;
    SlurmPilotsOptions options_;
};

TEST_F(SlurmPilotsTest, OneThatSlurmHoldsBecauseItsNodeCouldNotStartItIsReplaced) {
    folder_.write("first", "1_0|PENDING||launch failed requeued held\n");
    SlurmPilots pilots(io_, options_);
    EXPECT_TRUE(submits(pilots, "2")) << log_;
    EXPECT_THAT(
        log_,
        HasSubstr("pilots that did not connect: 1; the last one: PENDING (launch failed requeued held)"));
    EXPECT_TRUE(run_until(io_, [&] { return exists("cancelled"); }));
}

TEST_F(SlurmPilotsTest, OneThatRunsWithoutAWordIsReplaced) {
    folder_.write("first", "1_0|RUNNING|n1|None\n");
    SlurmPilots pilots(io_, options_);
    EXPECT_TRUE(submits(pilots, "2")) << log_;
    EXPECT_THAT(log_, HasSubstr("pilots that did not connect: 1; the last one: RUNNING"));
    EXPECT_TRUE(run_until(io_, [&] { return exists("cancelled"); }));
}

TEST_F(SlurmPilotsTest, OneThatCannotBeCancelledCountsNoMore) {
    tool("scancel", "true");
    folder_.write("first", "1_0|RUNNING|n1|None\n");
    SlurmPilots pilots(io_, options_);
    EXPECT_TRUE(submits(pilots, "2")) << log_;
    wants_for(pilots, 2 * options_.silent_for);
    EXPECT_THAT(log_, Not(HasSubstr("found pilot 1_0")));
    EXPECT_THAT(log_, Not(HasSubstr("submitted 1 pilots as job 3"))) << "job 2 waits";
    EXPECT_THAT(pilots.standing(), HasSubstr("1 waiting"));
}

TEST_F(SlurmPilotsTest, OneThatIsBeingSubmittedWhenAllAreDismissedIsCancelled) {
    tool("sbatch",
         "touch $HERE/asked; until [ -e $HERE/accept ]; do sleep 0.01; done; echo x >>$HERE/submitted; "
         "echo 1");
    SlurmPilots pilots(io_, options_);
    ASSERT_TRUE(run_until(io_, [&] {
        pilots.want(1);
        return exists("asked");
    }));
    pilots.dismiss();
    EXPECT_FALSE(run_until(
        io_, [&] { return exists("cancelled"); }, milliseconds(200)))
        << "there is nothing yet to be cancelled";
    folder_.write("accept", "");
    EXPECT_TRUE(run_until(io_, [&] { return pilots.dismissed(); }));
    EXPECT_TRUE(exists("cancelled"));
}

TEST_F(SlurmPilotsTest, OneThatHasConnectedOrWaitsOrIsSuspendedIsLeftAlone) {
    for (const char* word :
         {"1_0|RUNNING|n1|None\n", "1_0|PENDING||JobHeldUser\n", "1_0|SUSPENDED|n1|None\n"}) {
        std::filesystem::remove(folder_.file("submitted"));
        log_.clear();
        folder_.write("first", word);
        SlurmPilots pilots(io_, options_);
        ASSERT_TRUE(submits(pilots, "1")) << log_;
        if (std::string(word).find("RUNNING") != std::string::npos) pilots.joined("1_0");
        wants_for(pilots, 3 * options_.silent_for);
        EXPECT_THAT(log_, Not(HasSubstr("did not connect"))) << word;
        EXPECT_FALSE(exists("cancelled")) << word;
    }
}

}  // namespace
}  // namespace o2v::orchestrator
