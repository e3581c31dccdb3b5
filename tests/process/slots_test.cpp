// Cores that two runs want, and what workers make of those they are given.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "orchestrator/topology.hpp"
#include "tests/branin_space.hpp"
#include "tests/orchestrator/temporary_folder.hpp"
#include "tests/process/program.hpp"

namespace o2v {
namespace {

using nlohmann::json;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

class SlotsTest : public testing::Test {
  protected:
    // Branin in epochs of so many seconds; `slots` as in an experiment file.
    std::string experiment(const std::string& name, const json& slots, double epoch_seconds) {
        const json j{{"name", name},
                     {"problem", "branin"},
                     {"fixed", {{"epochs", 5}, {"epoch_seconds", epoch_seconds}}},
                     {"objective", {{"metric", "validation:loss"}}},
                     {"search", {{"space", branin_space()}}},
                     {"budget", {{"trials", 2}}},
                     {"resources", {{"slots", slots}}}};
        return folder_.write(name + ".json", j.dump());
    }
    json named_slot(std::size_t core) const {
        return json::array({{{"device", "cpu"}, {"cores", {cores_.at(core).cpu}}}});
    }
    static std::vector<std::string> environment_of(pid_t pid) {
        std::ifstream file("/proc/" + std::to_string(pid) + "/environ");
        std::vector<std::string> entries;
        for (std::string entry; std::getline(file, entry, '\0');) entries.push_back(entry);
        return entries;
    }

    TemporaryFolder folder_;
    std::vector<orchestrator::Core> cores_ = orchestrator::read_topology().cores;
};

TEST_F(SlotsTest, AWorkersEnvironmentCapsThreadsAndBindsNone) {
    setenv("OMP_NUM_THREADS", "64", 1);
    setenv("OMP_PROC_BIND", "spread", 1);
    Program program(folder_.path(), tune({"run", experiment("a", named_slot(0), 1)}));
    unsetenv("OMP_NUM_THREADS");
    unsetenv("OMP_PROC_BIND");
    ASSERT_TRUE(program.wait_for("slot 0"));
    std::vector<std::string> environment;
    for (int tries = 0; tries < 1000 && environment.empty(); ++tries) {
        for (const pid_t worker : children_of(program.pid())) {
            std::ifstream name("/proc/" + std::to_string(worker) + "/comm");
            std::string comm;
            if (name >> comm && comm == "o2v-command-wor") environment = environment_of(worker);
        }
        usleep(10000);
    }
    EXPECT_THAT(environment, Contains("OMP_NUM_THREADS=1"));
    EXPECT_THAT(environment, Contains("OPENBLAS_NUM_THREADS=1"));
    EXPECT_THAT(environment, Contains("BLIS_NUM_THREADS=1"));
    EXPECT_THAT(environment, Contains("CUDA_VISIBLE_DEVICES="));
    EXPECT_THAT(environment, Not(Contains(testing::StartsWith("OMP_PROC_BIND"))));
}

TEST_F(SlotsTest, CoresThatAnotherRunHoldsAreRefusedNamingIt) {
    Program first(folder_.path(), tune({"run", experiment("first", named_slot(0), 5)}));
    ASSERT_TRUE(first.wait_for("slot 0"));
    const std::string file = experiment("second", named_slot(0), 0);
    const std::string holder = "process " + std::to_string(first.pid()) + " (study first) holds core ";
    const Finished refused = run_tune(folder_.path(), {"run", file});
    EXPECT_EQ(refused.exit_code, 1);
    EXPECT_THAT(refused.err, HasSubstr(holder));
    EXPECT_THAT(refused.err, HasSubstr("--share"));
    const Finished dry = run_tune(folder_.path(), {"run", file, "--dry-run"});
    EXPECT_EQ(dry.exit_code, 0);
    EXPECT_THAT(dry.out, HasSubstr("now it would be refused"));
    EXPECT_THAT(dry.out, HasSubstr(holder));
    EXPECT_EQ(run_tune(folder_.path(), {"run", file, "--share"}).exit_code, 0);
    setenv("O2V_SHARE_CORES", "1", 1);
    EXPECT_EQ(run_tune(folder_.path(), {"run", experiment("third", named_slot(0), 0)}).exit_code, 0);
    unsetenv("O2V_SHARE_CORES");
    EXPECT_EQ(run_tune(folder_.path(), {"run", file}).exit_code, 0) << "it is complete, and needs no core";
    first.signal(SIGKILL);
    first.wait();
    EXPECT_EQ(run_tune(folder_.path(), {"run", experiment("fourth", named_slot(0), 0)}).exit_code, 0);
}

TEST_F(SlotsTest, AutoTakesTheCoresThatAreLeft) {
    Program first(folder_.path(), tune({"run", experiment("first", named_slot(0), 5)}));
    ASSERT_TRUE(first.wait_for("slot 0"));
    const Finished second = run_tune(folder_.path(), {"run", experiment("second", "auto", 0)});
    if (cores_.size() < 2) {  // none is left
        EXPECT_EQ(second.exit_code, 1);
        EXPECT_THAT(second.err, HasSubstr("process " + std::to_string(first.pid())));
        return;
    }
    EXPECT_EQ(second.exit_code, 0) << second.err;
    EXPECT_THAT(second.out, HasSubstr("left to others: process " + std::to_string(first.pid())));
    EXPECT_THAT(second.out, HasSubstr("slot 0: cpu, core " + std::to_string(cores_[1].cpu)));
}

TEST_F(SlotsTest, AWorkerOnOtherCoresThanLeasedEndsTheRun) {
    const std::string wrapper = folder_.write(
        "worker", "#!/bin/sh\nexec taskset -c " + std::to_string(cores_.front().cpu) + "," +
                      std::to_string(cores_.back().cpu) + " " O2V_BIN_DIR "/o2v-worker \"$@\"\n");
    chmod(wrapper.c_str(), 0755);
    setenv("O2V_WORKER", wrapper.c_str(), 1);
    const Finished finished = run_tune(folder_.path(), {"run", experiment("a", named_slot(0), 0)});
    unsetenv("O2V_WORKER");
    if (cores_.size() < 2) {  // there is no other to be on
        EXPECT_EQ(finished.exit_code, 0) << finished.err;
        return;
    }
    EXPECT_EQ(finished.exit_code, 1);
    EXPECT_THAT(finished.err, HasSubstr("slot 0: its worker may run on cores"));
}

}  // namespace
}  // namespace o2v
