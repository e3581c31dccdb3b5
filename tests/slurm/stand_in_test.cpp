// Slurm's commands against tools that do what a real controller cannot be made to do.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "orchestrator/slurm.hpp"
#include "tests/slurm/asked.hpp"
#include "tests/slurm/stand_in.hpp"

namespace o2v::orchestrator {
namespace {

using std::chrono::milliseconds;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsSupersetOf;
using testing::Not;

std::vector<std::string> lines_of(const std::string& path) {
    std::vector<std::string> lines;
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    return lines;
}

// Leaves a mark when a copy of this process runs its destructors.
struct Destroyed {
    std::string mark;
    pid_t process = getpid();
    ~Destroyed() {
        if (getpid() != process && !mark.empty()) std::ofstream(mark) << getpid();
    }
};

class StandInTest : public StandIn {
  protected:
    void SetUp() override {
        submission_.name = "token";
        submission_.command = {"true"};
    }
    SlurmAnswer submit() {
        return answer_of(io_, [&](auto answered) { slurm_.submit(submission_, answered); });
    }
    SlurmAnswer cancel(const std::vector<std::string>& ids) {
        return answer_of(io_, [&](auto answered) { slurm_.cancel("token", ids, answered); });
    }
    // Whether the process whose id that file holds is gone, or soon is.
    bool is_gone(const std::string& file) {
        const std::vector<std::string> lines = lines_of(folder_.file(file));
        if (lines.empty()) return false;
        const pid_t pid = std::stoi(lines.front());
        const std::string status = "/proc/" + std::to_string(pid) + "/status";
        return run_until(io_, [&] {  // one that init has yet to reap is gone, too
            const std::vector<std::string> fields = lines_of(status);
            return std::none_of(fields.begin(), fields.end(), [](const std::string& line) {
                return line.starts_with("State:") && line.find_first_of("ZX") == std::string::npos;
            });
        });
    }

    Slurm slurm_{io_, milliseconds(5000)};
    SlurmSubmission submission_;
};

TEST_F(StandInTest, WhatSbatchIsGiven) {
    tool("sbatch",
         R"sh(printf '%s\n' "$@" >$HERE/arguments; cat >$HERE/script; env >$HERE/environment; echo 17)sh");
    submission_ = {"token",
                   8,
                   4,
                   1,
                   "16G",
                   "gpu",
                   "8h",
                   {"--account=me"},
                   "/logs/%A_%a.log",
                   "/runs/x",
                   {"/bin/o2v-worker", "pilot", "it's"},
                   {{"O2V_SECRET", "s3cret"}, {"HOME", "/elsewhere"}},
                   60};
    EXPECT_EQ(submit().output, "17");
    EXPECT_THAT(lines_of(folder_.file("arguments")),
                ElementsAre("--parsable", "--no-requeue", "--export=ALL", "--job-name=token", "--nodes=1",
                            "--ntasks=1", "--array=0-7", "--cpus-per-task=4", "--gres=gpu:1", "--mem=16G",
                            "--partition=gpu", "--time=480", "--output=/logs/%A_%a.log", "--chdir=/runs/x",
                            "--signal=B:USR1@60", "--account=me"));
    EXPECT_THAT(lines_of(folder_.file("script")),
                ElementsAre("#!/bin/sh", R"sh(exec /bin/o2v-worker pilot 'it'\''s')sh"));
    const std::vector<std::string> environment = lines_of(folder_.file("environment"));
    EXPECT_THAT(environment, IsSupersetOf({"O2V_SECRET=s3cret", "HOME=/elsewhere"}));
    EXPECT_EQ(std::count_if(environment.begin(), environment.end(),
                            [](const std::string& entry) { return entry.starts_with("HOME="); }),
              1);

    submission_ = {};
    submission_.name = "token";
    submission_.command = {"true"};
    submission_.signal_seconds = 0;
    EXPECT_EQ(submit().output, "17");
    EXPECT_THAT(lines_of(folder_.file("arguments")),
                ElementsAre("--parsable", "--no-requeue", "--export=ALL", "--job-name=token", "--nodes=1",
                            "--ntasks=1", "--array=0-0", "--cpus-per-task=1"));
}

TEST_F(StandInTest, SettingsThatWouldChangeACommandsMeaningDoNotReachIt) {
    const std::vector<std::string> dropped{"SLURM_JOB_ID", "SLURM_CPU_BIND", "SBATCH_WAIT",
                                           "SQUEUE_PARTITION", "SCANCEL_INTERACTIVE"};
    const std::vector<std::string> kept{"SLURM_CONF", "SLURM_CLUSTERS", "SBATCH_ACCOUNT"};
    const char* outer = getenv("SLURM_CONF");
    const std::string settings = outer ? outer : "";
    for (const auto* names : {&dropped, &kept})
        for (const std::string& name : *names) setenv(name.c_str(), "1", 1);
    tool("sbatch", "env >$HERE/environment; echo 17");
    EXPECT_TRUE(submit().ok);
    for (const auto* names : {&dropped, &kept})
        for (const std::string& name : *names) unsetenv(name.c_str());
    if (outer) setenv("SLURM_CONF", settings.c_str(), 1);
    const std::vector<std::string> environment = lines_of(folder_.file("environment"));
    for (const std::string& name : dropped) EXPECT_THAT(environment, Not(Contains(name + "=1")));
    for (const std::string& name : kept) EXPECT_THAT(environment, Contains(name + "=1"));
}

TEST_F(StandInTest, TheIdIsFoundAmongWhatASitePrints) {
    tool("sbatch", "echo 'You have used 90 % of your 500 hours'; echo; echo '12345;north'");
    EXPECT_EQ(submit().output, "12345");
}

TEST_F(StandInTest, ASubmissionWithoutAnIdIsAnError) {
    for (const char* printed : {"", "Submitted batch job 17", "-1", ";", "17 18", "0x11"}) {
        tool("sbatch", std::string("echo '") + printed + "'");
        const SlurmAnswer answer = submit();
        EXPECT_FALSE(answer.ok) << printed;
        EXPECT_EQ(answer.error, std::string("sbatch ended well but printed no job's id: \"") + printed + '"');
    }
}

TEST_F(StandInTest, AnErrorIsOneLineThatCanBeRead) {
    tool("sbatch", R"sh(printf 'sbatch: error: no\tmoney \033[31m\r\n\n   sbatch: call us\n' >&2; exit 3)sh");
    EXPECT_EQ(submit().error, "sbatch ended with exit code 3: no money  [31m; sbatch: call us");
    tool("sbatch", "echo 'said where it should not be'; exit 1");
    EXPECT_EQ(submit().error, "sbatch ended with exit code 1: said where it should not be");
    tool("sbatch", "exit 1");
    EXPECT_EQ(submit().error, "sbatch ended with exit code 1");
    tool("sbatch", "kill -SEGV $$");
    EXPECT_EQ(submit().error, "sbatch was killed by signal 11 (Segmentation fault)");
    tool("sbatch", "for i in $(seq 500); do echo 'näh näh näh näh näh' >&2; done; exit 1");
    EXPECT_LT(submit().error.size(), 500U);
    EXPECT_THAT(submit().error, testing::EndsWith("..."));
}

TEST_F(StandInTest, WhatHangsIsKilledWithItsChildren) {
    Slurm impatient(io_, milliseconds(300));
    tool("squeue",
         "sleep 1000 & echo $! >$HERE/child; echo $$ >$HERE/squeue.pid; echo 'squeue: retrying' >&2; wait");
    const auto began = std::chrono::steady_clock::now();
    const SlurmListing listing = listing_of(io_, impatient, "token");
    EXPECT_LT(std::chrono::steady_clock::now() - began, milliseconds(2000));
    EXPECT_TRUE(listing.answer.timed_out);
    EXPECT_EQ(listing.answer.error, "squeue gave no answer within 0.3 s and was killed: retrying");
    EXPECT_TRUE(is_gone("child"));
    EXPECT_TRUE(is_gone("squeue.pid"));
}

TEST_F(StandInTest, WhatIgnoresTerminationIsKilled) {
    Slurm impatient(io_, milliseconds(300));
    tool("scancel", "trap '' TERM INT HUP; echo $$ >$HERE/scancel.pid; while :; do sleep 1; done");
    EXPECT_TRUE(answer_of(io_, [&](auto answered) { impatient.cancel("token", {}, answered); }).timed_out);
    EXPECT_TRUE(is_gone("scancel.pid"));
}

TEST_F(StandInTest, AChildThatHoldsTheOutputIsNotWaitedForBeyondTheLimit) {
    Slurm impatient(io_, milliseconds(300));
    tool("sbatch", "sleep 1000 & echo $! >$HERE/child; echo 17");
    EXPECT_TRUE(answer_of(io_, [&](auto answered) { impatient.submit(submission_, answered); }).timed_out);
    EXPECT_TRUE(is_gone("child"));
}

TEST_F(StandInTest, AFloodIsCutOff) {
    tool("squeue", "echo $$ >$HERE/squeue.pid; exec yes '1|RUNNING|n1|None'");
    const SlurmListing listing = listing_of(io_, slurm_, "token");
    EXPECT_FALSE(listing.answer.ok);
    EXPECT_THAT(listing.answer.error, HasSubstr("squeue printed more than 64 MiB: 1|RUNNING|n1|None;"));
    EXPECT_TRUE(is_gone("squeue.pid"));
}

TEST_F(StandInTest, ManyJobsAreRead) {
    tool("squeue", "for i in $(seq 0 19999); do echo \"7_$i|RUNNING|n$i|None\"; done");
    const SlurmListing listing = listing_of(io_, slurm_, "token");
    ASSERT_EQ(listing.jobs.size(), 20000U) << listing.answer.error;
    EXPECT_EQ(listing.jobs.back(), (SlurmJob{"7_19999", "RUNNING", "", "n19999"}));
}

TEST_F(StandInTest, EveryStateIsPassedOn) {
    tool("squeue",
         "printf '%s\\n' '1_0|PENDING||Nodes required for job are DOWN, DRAINED|or so' '1_1|WARPED|n[1-2]|' "
         "'1|CANCELLED||None' '1+2|NODE_FAIL|n3|NodeDown'");
    EXPECT_THAT(listing_of(io_, slurm_, "token").jobs,
                ElementsAre(SlurmJob{"1_0", "PENDING", "Nodes required for job are DOWN, DRAINED|or so", ""},
                            SlurmJob{"1_1", "WARPED", "", "n[1-2]"}, SlurmJob{"1", "CANCELLED", "", ""},
                            SlurmJob{"1+2", "NODE_FAIL", "NodeDown", "n3"}));
    EXPECT_EQ(slurm_phase("PENDING"), SlurmPhase::waiting);
    EXPECT_EQ(slurm_phase("CONFIGURING"), SlurmPhase::waiting);
    EXPECT_EQ(slurm_phase("RUNNING"), SlurmPhase::running);
    EXPECT_EQ(slurm_phase("SUSPENDED"), SlurmPhase::running);
    EXPECT_EQ(slurm_phase("COMPLETING"), SlurmPhase::ended);
    EXPECT_EQ(slurm_phase("OUT_OF_MEMORY"), SlurmPhase::ended);
    EXPECT_EQ(slurm_phase("WARPED"), SlurmPhase::unknown);
    EXPECT_EQ(slurm_phase(""), SlurmPhase::unknown);
    EXPECT_TRUE(slurm_failed_to_launch({"1_0", "PENDING", "launch failed requeued held", ""}));
    EXPECT_TRUE(slurm_failed_to_launch({"1_0", "PENDING", "launch_failed_requeued_held", ""}));
    EXPECT_FALSE(slurm_failed_to_launch({"1_0", "PENDING", "JobHeldUser", ""}));
}

TEST_F(StandInTest, AListThatCannotBeReadIsAnErrorAndNoEmptyList) {
    for (const char* line : {"Slurm is in maintenance", "1|RUNNING|n1", "|RUNNING|n1|None", "1||n1|None",
                             "job|RUNNING|n1|None", "|||"}) {
        tool("squeue", std::string("echo '1_0|RUNNING|n1|None'; echo '") + line + "'");
        const SlurmListing listing = listing_of(io_, slurm_, "token");
        EXPECT_FALSE(listing.answer.ok) << line;
        EXPECT_EQ(listing.answer.error, std::string("squeue printed what cannot be read: ") + line);
        EXPECT_TRUE(listing.jobs.empty());
    }
    tool("squeue", "");
    EXPECT_TRUE(listing_of(io_, slurm_, "token").answer.ok);
}

TEST_F(StandInTest, CancelsByIdWhatIsListedAndLives) {
    tool("squeue", "printf '%s\\n' '1_0|RUNNING|n1|None' '1_1|PENDING||None' '1_2|COMPLETED|n1|None'");
    tool("scancel", "echo \"$*\" >$HERE/cancelled");
    EXPECT_TRUE(cancel({"1_0", "1_2", "2_0"}).ok);
    EXPECT_THAT(lines_of(folder_.file("cancelled")), ElementsAre("1_0"));
    std::filesystem::remove(folder_.file("cancelled"));
    EXPECT_TRUE(cancel({"1_2", "2_0"}).ok);
    EXPECT_FALSE(exists("cancelled")) << "scancel without an id would be another command";
    tool("squeue", "echo 'squeue: error: Unable to contact slurm controller' >&2; exit 1");
    EXPECT_EQ(cancel({"1_0"}).error, "squeue ended with exit code 1: Unable to contact slurm controller");
    EXPECT_FALSE(exists("cancelled"));
}

TEST_F(StandInTest, NoNameNoCommand) {
    for (const char* name : {"sbatch", "squeue", "scancel"}) tool(name, "touch $HERE/called");
    for (const char* name : {"", "a,b", "a b", "a\nb", "*", "ä"}) {
        submission_.name = name;
        EXPECT_THAT(submit().error, HasSubstr("no job can be named"));
        EXPECT_FALSE(listing_of(io_, slurm_, name).answer.ok);
        EXPECT_FALSE(answer_of(io_, [&](auto answered) { slurm_.cancel(name, {}, answered); }).ok);
        EXPECT_FALSE(answer_of(io_, [&](auto answered) { slurm_.cancel(name, {"1"}, answered); }).ok);
        EXPECT_FALSE(answer_of(io_, [&](auto answered) { slurm_.test(submission_, answered); }).ok);
    }
    EXPECT_FALSE(exists("called"));
}

TEST_F(StandInTest, WhereThereIsNoSlurm) {
    setenv("PATH", folder_.path().c_str(), 1);
    EXPECT_FALSE(slurm_is_installed());
    EXPECT_EQ(submit().error, "sbatch is not installed: no folder of PATH has it");
    tool("sbatch", "");
    tool("squeue", "");
    EXPECT_FALSE(slurm_is_installed());
    tool("scancel", "");
    EXPECT_TRUE(slurm_is_installed());
    std::filesystem::permissions(folder_.write("sbatch", "#!/no/such/interpreter\n"),
                                 std::filesystem::perms::owner_all);
    static Destroyed destroyed;
    destroyed.mark = folder_.file("destroyed");
    EXPECT_THAT(submit().error, HasSubstr("sbatch cannot be started: "));
    run_until(
        io_, [&] { return exists("destroyed"); }, milliseconds(200));
    EXPECT_FALSE(exists("destroyed")) << "the child that could not become sbatch went on as this program";
}

TEST_F(StandInTest, ADestroyedOneCallsNobodyAndLeavesNothing) {
    tool("squeue", "echo $$ >$HERE/squeue.new; mv $HERE/squeue.new $HERE/squeue.pid; sleep 1000");
    bool called = false;
    {
        Slurm gone(io_);
        gone.list("token", [&](SlurmAnswer, const std::vector<SlurmJob>&) { called = true; });
        gone.list("", [&](SlurmAnswer, const std::vector<SlurmJob>&) { called = true; });
        gone.cancel("token", {"1"}, [&](SlurmAnswer) { called = true; });
        EXPECT_TRUE(run_until(io_, [&] { return exists("squeue.pid"); }));
        called = false;  // the answer to the empty name
    }
    EXPECT_TRUE(is_gone("squeue.pid"));
    io_.run_for(milliseconds(50));
    EXPECT_FALSE(called);
    {
        Slurm gone(io_);
        gone.list("", [&](SlurmAnswer, const std::vector<SlurmJob>&) { called = true; });
        setenv("PATH", "/nowhere", 1);
        gone.list("token", [&](SlurmAnswer, const std::vector<SlurmJob>&) { called = true; });
    }
    io_.restart();
    io_.run_for(milliseconds(50));
    EXPECT_FALSE(called);
}

TEST_F(StandInTest, ACallbackMayDestroyIt) {
    tool("squeue", "echo '1_0|RUNNING|n1|None'");
    tool("scancel", "sleep 1000");
    auto slurm = std::make_unique<Slurm>(io_);
    bool other = false;
    slurm->cancel("token", {}, [&](SlurmAnswer) { other = true; });
    slurm->list("token", [&](SlurmAnswer, const std::vector<SlurmJob>&) { slurm.reset(); });
    EXPECT_TRUE(run_until(io_, [&] { return slurm == nullptr; }));
    io_.run_for(milliseconds(50));
    EXPECT_FALSE(other);
}

TEST_F(StandInTest, ManyAtOnceAreAllAnswered) {
    tool("squeue", "echo '1_0|RUNNING|n1|None'");
    int answered = 0;
    for (int i = 0; i < 50; ++i)
        slurm_.list("token", [&](const SlurmAnswer& answer, const std::vector<SlurmJob>& jobs) {
            EXPECT_TRUE(answer.ok) << answer.error;
            EXPECT_EQ(jobs.size(), 1U);
            ++answered;
        });
    EXPECT_TRUE(run_until(io_, [&] { return answered == 50; }));
}

TEST(SlurmTimeTest, MinutesRoundedUpOrSlurmsOwn) {
    EXPECT_EQ(slurm_time("8h"), "480");
    EXPECT_EQ(slurm_time("1.5h"), "90");
    EXPECT_EQ(slurm_time("30m"), "30");
    EXPECT_EQ(slurm_time("30min"), "30");
    EXPECT_EQ(slurm_time("61s"), "2");
    EXPECT_EQ(slurm_time("2d"), "2880");
    for (const char* own : {"90", "1:30", "1-12", "1-02:03:04", "UNLIMITED", "INFINITE", "", "never", "-1h"})
        EXPECT_EQ(slurm_time(own), own);
}

}  // namespace
}  // namespace o2v::orchestrator
