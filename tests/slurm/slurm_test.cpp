// Slurm's commands against a real cluster.
#include "orchestrator/slurm.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "tests/orchestrator/temporary_folder.hpp"
#include "tests/slurm/asked.hpp"
#include "tests/slurm/cluster.hpp"

namespace o2v::orchestrator {
namespace {

using std::chrono::milliseconds;
using testing::AnyOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

std::string read(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
}

// Whether a process has that argument.
bool has_process(const std::string& argument) {
    for (const auto& entry : std::filesystem::directory_iterator("/proc"))
        if ((std::string(1, '\0') + read(entry.path().string() + "/cmdline")).find('\0' + argument + '\0') !=
            std::string::npos)
            return true;
    return false;
}

class SlurmTest : public testing::Test {
  protected:
    void SetUp() override {
        if (const std::string why = SlurmCluster::why_not(); !why.empty()) GTEST_SKIP() << why;
        cluster_ = &SlurmCluster::shared();
        cluster_->settle();
        submission_.name = "o2v-" + std::to_string(++names_);
        submission_.folder = folder_.path();
        submission_.log = folder_.file("%a.log");
        submission_.command = {"sleep", "60"};
    }
    std::string submit() {
        const SlurmAnswer answer =
            answer_of(io_, [&](auto answered) { slurm_.submit(submission_, std::move(answered)); });
        EXPECT_TRUE(answer.ok) << answer.error;
        return answer.output;
    }
    std::vector<SlurmJob> jobs() {
        SlurmListing listing = listing_of(io_, slurm_, submission_.name);
        EXPECT_TRUE(listing.answer.ok) << listing.answer.error;
        return listing.jobs;
    }
    // How many are in each state.
    std::map<std::string, int> states() {
        std::map<std::string, int> counts;
        for (const SlurmJob& job : jobs()) ++counts[job.state];
        return counts;
    }
    bool becomes(const std::map<std::string, int>& expected) {
        return run_until(io_, [&] { return states() == expected; });
    }
    SlurmAnswer cancel(const std::vector<std::string>& ids) {
        return answer_of(io_, [&](auto answered) { slurm_.cancel(submission_.name, ids, answered); });
    }

    static inline int names_ = 0;
    SlurmCluster* cluster_ = nullptr;
    TemporaryFolder folder_;
    boost::asio::io_context io_;
    Slurm slurm_{io_};
    SlurmSubmission submission_;
};

TEST_F(SlurmTest, AnArrayRunsWithWhatItWasGiven) {
    const std::string awkward = "it's \"quoted\" $HOME `id` \\ two\nlines #SBATCH *";
    submission_.count = 3;
    submission_.gpus = 1;
    submission_.memory = "500M";
    submission_.time = "90s";
    submission_.environment = {{"O2V_TEST_SECRET", "a = b"}};
    submission_.command = {"/bin/sh", "-c",
                           "echo printed\n"
                           "printf '%s|%s|%s' \"$1\" \"$O2V_TEST_SECRET\" \"$CUDA_VISIBLE_DEVICES\" "
                           ">$SLURM_ARRAY_TASK_ID.new\n"
                           "mv $SLURM_ARRAY_TASK_ID.new $SLURM_ARRAY_TASK_ID.txt\n"
                           "while ! test -e go; do sleep 0.05; done",
                           "script", awkward};
    const std::string id = submit();
    ASSERT_TRUE(becomes({{"RUNNING", 3}}));
    std::vector<std::string> ids;
    for (const SlurmJob& job : jobs()) {
        ids.push_back(job.id);
        EXPECT_THAT(job.node, AnyOf("n1", "n2", "n3"));
        EXPECT_EQ(job.reason, "");
    }
    EXPECT_THAT(ids, UnorderedElementsAre(id + "_0", id + "_1", id + "_2"));
    EXPECT_THAT(cluster_->run("scontrol show job " + id + "_0"),
                testing::AllOf(HasSubstr("TimeLimit=00:02:00"), HasSubstr("Requeue=0"),
                               HasSubstr("MinMemoryNode=500M"), testing::Not(HasSubstr("a = b"))));
    folder_.write("go", "");
    ASSERT_TRUE(becomes({{"COMPLETED", 3}}));
    for (int element = 0; element < 3; ++element) {
        EXPECT_THAT(read(folder_.file(std::to_string(element) + ".txt")),
                    AnyOf(awkward + "|a = b|0", awkward + "|a = b|1"));
        EXPECT_EQ(read(folder_.file(std::to_string(element) + ".log")), "printed\n");
    }
}

TEST_F(SlurmTest, TheCommandItselfGetsTheSignal) {
    submission_.command = {"/bin/sh", "-c", "trap 'touch heard; exit 0' USR1; touch up; sleep 60 & wait"};
    const std::string id = submit();
    ASSERT_TRUE(run_until(io_, [&] { return std::filesystem::exists(folder_.file("up")); }));
    cluster_->run("scancel --batch --signal=USR1 " + id + "_0");
    EXPECT_TRUE(becomes({{"COMPLETED", 1}}));
    EXPECT_TRUE(std::filesystem::exists(folder_.file("heard")));
}

TEST_F(SlurmTest, WaitingOnesSayWhy) {
    submission_.count = 4;
    submission_.cores = 4;
    submit();
    ASSERT_TRUE(becomes({{"RUNNING", 3}, {"PENDING", 1}}));
    const std::vector<SlurmJob> all = jobs();
    const auto waiting = std::find_if(all.begin(), all.end(), [](const auto& j) { return j.node.empty(); });
    ASSERT_NE(waiting, all.end());
    EXPECT_EQ(waiting->state, "PENDING");
    EXPECT_TRUE(run_until(io_, [&] {
        for (const SlurmJob& job : jobs())
            if (job.reason == "Resources") return true;
        return false;
    }));
}

// With --name beside an element's id, Slurm 22.05 cancels all elements that wait.
TEST_F(SlurmTest, CancelsTheElementsThatItIsToldOf) {
    submission_.count = 7;
    submission_.cores = 4;
    const std::string id = submit();
    ASSERT_TRUE(becomes({{"RUNNING", 3}, {"PENDING", 4}}));
    EXPECT_TRUE(cancel({id + "_6"}).ok);
    EXPECT_TRUE(becomes({{"RUNNING", 3}, {"PENDING", 3}}));
    EXPECT_TRUE(cancel({id + "_0"}).ok);
    EXPECT_TRUE(becomes({{"RUNNING", 3}, {"PENDING", 2}, {"CANCELLED", 1}}));
    EXPECT_TRUE(cancel({id + "_0", id + "_6", "999999_1"}).ok) << "they have ended, or never were";
    EXPECT_EQ(states(), (std::map<std::string, int>{{"RUNNING", 3}, {"PENDING", 2}, {"CANCELLED", 1}}));
}

TEST_F(SlurmTest, CancelsAllOfANameAndNothingElse) {
    submission_.count = 2;
    const std::string other = submit();
    const std::string name = submission_.name;
    submission_.name = "o2v-" + std::to_string(++names_);
    submit();
    ASSERT_TRUE(becomes({{"RUNNING", 2}}));
    EXPECT_TRUE(cancel({other + "_0", other + "_1"}).ok) << "of another name";
    EXPECT_TRUE(cancel({}).ok);
    EXPECT_TRUE(becomes({{"CANCELLED", 2}}));
    EXPECT_TRUE(cancel({}).ok) << "there is nothing left";
    submission_.name = name;
    EXPECT_EQ(states(), (std::map<std::string, int>{{"RUNNING", 2}}));
}

TEST_F(SlurmTest, ARefusedSubmissionSaysWhy) {
    submission_.partition = "nowhere";
    SlurmAnswer answer = answer_of(io_, [&](auto answered) { slurm_.submit(submission_, answered); });
    EXPECT_FALSE(answer.ok);
    EXPECT_FALSE(answer.timed_out);
    EXPECT_EQ(answer.error,
              "sbatch ended with exit code 1: invalid partition specified: nowhere; "
              "Batch job submission failed: Invalid partition name specified");
    submission_.partition = "";
    submission_.gpus = 3;
    answer = answer_of(io_, [&](auto answered) { slurm_.submit(submission_, answered); });
    EXPECT_THAT(answer.error, HasSubstr("Requested node configuration is not available"));
    submission_.gpus = 2;
    submission_.options = {"--no-such-option"};
    answer = answer_of(io_, [&](auto answered) { slurm_.submit(submission_, answered); });
    EXPECT_THAT(answer.error, HasSubstr("--no-such-option"));
    for (const SlurmJob& job : jobs()) EXPECT_EQ(job.state, "FAILED");
}

TEST_F(SlurmTest, ATestSubmitsNothing) {
    submission_.count = 5;
    SlurmAnswer answer = answer_of(io_, [&](auto answered) { slurm_.test(submission_, answered); });
    EXPECT_TRUE(answer.ok) << answer.error;
    EXPECT_THAT(answer.output, HasSubstr(" to start at "));
    submission_.cores = 5;
    answer = answer_of(io_, [&](auto answered) { slurm_.test(submission_, answered); });
    EXPECT_FALSE(answer.ok);
    EXPECT_THAT(answer.error, HasSubstr("Requested node configuration is not available"));
    EXPECT_THAT(jobs(), ElementsAre());
}

TEST_F(SlurmTest, OptionsOfTheUserHaveTheLastWord) {
    submission_.partition = "main";
    submission_.options = {"--partition=high", "--comment=theirs"};
    const std::string id = submit();
    EXPECT_THAT(cluster_->run("scontrol show job " + id),
                testing::AllOf(HasSubstr("Partition=high"), HasSubstr("Comment=theirs")));
}

TEST_F(SlurmTest, ASubmissionThatTimesOutMayHaveBeenAccepted) {
    cluster_->act("freeze", "slurmctld");
    Slurm impatient(io_, milliseconds(1000));
    const auto began = std::chrono::steady_clock::now();
    SlurmAnswer answer = answer_of(io_, [&](auto answered) { impatient.submit(submission_, answered); });
    EXPECT_LT(std::chrono::steady_clock::now() - began, milliseconds(1500));
    EXPECT_FALSE(answer.ok);
    EXPECT_TRUE(answer.timed_out);
    EXPECT_EQ(answer.error, "sbatch gave no answer within 1 s and was killed");
    EXPECT_TRUE(run_until(io_, [&] { return !has_process("--job-name=" + submission_.name); }));
    const SlurmListing listing = listing_of(io_, impatient, submission_.name);
    EXPECT_TRUE(listing.answer.timed_out);
    EXPECT_TRUE(listing.jobs.empty());

    cluster_->act("thaw", "slurmctld");
    EXPECT_TRUE(becomes({{"RUNNING", 1}}));
}

TEST_F(SlurmTest, AJobOutlivesItsController) {
    submission_.command = {"/bin/sh", "-c", "while ! test -e go; do sleep 0.05; done; touch done"};
    const std::string id = submit();
    ASSERT_TRUE(becomes({{"RUNNING", 1}}));
    cluster_->act("kill", "slurmctld");
    Slurm impatient(io_, milliseconds(500));
    EXPECT_FALSE(listing_of(io_, impatient, submission_.name).answer.ok);
    folder_.write("go", "");
    EXPECT_TRUE(run_until(io_, [&] { return std::filesystem::exists(folder_.file("done")); }));
    cluster_->act("start", "slurmctld");
    EXPECT_TRUE(run_until(io_, [&] { return listing_of(io_, impatient, submission_.name).answer.ok; }));
}

TEST_F(SlurmTest, ALostNodeEndsWhatItRan) {
    submission_.options = {"--nodelist=n2"};
    submission_.command = {"/bin/sh", "-c", "touch up; sleep 60"};
    const std::string id = submit();
    ASSERT_TRUE(run_until(io_, [&] { return std::filesystem::exists(folder_.file("up")); }));
    cluster_->act("crash", "n2");
    cluster_->run("scontrol update nodename=n2 state=down reason=test");
    EXPECT_TRUE(run_until(io_, [&] {
        const std::vector<SlurmJob> all = jobs();
        return all.size() == 1 && slurm_phase(all.front().state) == SlurmPhase::ended;
    }));
    EXPECT_THAT(jobs(), ElementsAre(SlurmJob{id + "_0", "NODE_FAIL", "NodeDown", "n2"}));
}

}  // namespace
}  // namespace o2v::orchestrator
