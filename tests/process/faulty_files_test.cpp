// A study whose every write may be torn, or refused as by a full or broken disk, ends as an undisturbed one.
#include <gmock/gmock.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <thread>

#include "tests/process/branin.hpp"

namespace o2v {
namespace {

using nlohmann::json;

// A layer to be loaded before everything but the runtime of the sanitizer that this program, and so those it
// starts, is built with: that must come first.
std::string preloaded(const std::string& layer) {
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);) {
        const std::size_t path = line.find('/');
        if (path == std::string::npos) continue;
        const std::string name = std::filesystem::path(line.substr(path)).filename();
        if (name.starts_with("libasan.so") || name.starts_with("libtsan.so"))
            return line.substr(path) + ':' + layer;
    }
    return layer;
}

struct Faults {
    std::string program, kinds;
    double rate;
    int most;  // in all runs together
};

class FaultyFilesTest : public BraninTest {
  protected:
    ~FaultyFilesTest() override { set({}); }

    std::string log(const Faults& faults) const {
        std::string name = faults.program + '-' + faults.kinds;
        std::replace(name.begin(), name.end(), ',', '-');
        return folder_.file(name + ".faults");
    }
    // In every program that is started from now on.
    void disturb(const Faults& faults, int seed) {
        set({{"LD_PRELOAD", preloaded(O2V_BIN_DIR "/libo2v_faulty_files.so")},
             {"O2V_FAULTY_FOLDER", folder_.file("study")},
             {"O2V_FAULTY_PROGRAM", faults.program},
             {"O2V_FAULTY_KINDS", faults.kinds},
             {"O2V_FAULTY_RATE", std::to_string(faults.rate)},
             {"O2V_FAULTY_MOST", std::to_string(faults.most)},
             {"O2V_FAULTY_SEED", std::to_string(seed)},
             {"O2V_FAULTY_LOG", log(faults)}});
    }
    void leave_alone() { set({}); }
    std::vector<std::string> injected(const Faults& faults) const {
        std::vector<std::string> lines;
        std::ifstream file(log(faults));
        for (std::string line; std::getline(file, line);) lines.push_back(line);
        return lines;
    }

  private:
    void set(const std::map<std::string, std::string>& wanted) {
        for (const std::string& name : set_) unsetenv(name.c_str());
        set_.clear();
        for (const auto& [name, value] : wanted) {
            setenv(name.c_str(), value.c_str(), 1);
            set_.insert(name);
        }
    }
    std::set<std::string> set_;
};

// Processes that were started in this folder.
std::vector<std::string> processes_in(const std::string& folder) {
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
        std::error_code error;
        const auto where = std::filesystem::read_symlink(entry.path() / "cwd", error);
        if (!error && where == folder) found.push_back(entry.path().filename().string());
    }
    return found;
}

TEST_F(FaultyFilesTest, TheTrialsAreThoseOfAnUndisturbedRun) {
    constexpr int kTrials = 24;
    const std::string file = experiment(kTrials);
    ASSERT_EQ(run(file, "whole").exit_code, 0);
    // A worker that is killed counts as its trial's own failure, three of which fail it: two at most.
    const std::vector<Faults> all{{"o2v-tune", "torn", 0.03, 1000},
                                  {"o2v-tune", "full,io", 0.03, 1000},
                                  {"o2v-command-worker", "full,io", 0.1, 1000},
                                  {"o2v-command-worker", "torn", 0.1, 2}};
    std::set<json> ended;
    for (int seed = 0; seed < kTrials; ++seed) {  // each may go one trial further
        const Faults& faults = all[static_cast<std::size_t>(seed) % all.size()];
        const std::size_t before = injected(faults).size();
        disturb(faults, seed);
        const Finished finished = run_tune(
            folder_.path(), {"run", file, "--out", "study", "--max-trials", std::to_string(seed + 1)});
        leave_alone();
        if (faults.kinds == "torn") {
            EXPECT_TRUE(finished.exit_code == 0 || finished.exit_code == 128 + SIGKILL) << finished.err;
        } else if (finished.exit_code != 0) {
            EXPECT_EQ(finished.exit_code, 1);
            EXPECT_THAT(finished.err,
                        testing::ContainsRegex("the disk is full|make room|Input/output error|failed"))
                << finished.err;
            EXPECT_GT(injected(faults).size(), before);
        }
        if (!std::filesystem::exists(folder_.file("study/study.db"))) continue;
        const Finished look = run_tune(folder_.path(), {"leaderboard", "study", "--all", "--format", "json"});
        if (look.exit_code != 0) {  // before the study is in its database
            EXPECT_TRUE(ended.empty()) << look.err;
            continue;
        }
        json now = json::parse(look.out);
        std::set<json> ids;
        for (json& trial : now) ids.insert(trial.at("trial"));
        for (const json& id : ended) EXPECT_TRUE(ids.contains(id)) << "trial " << id << " was lost";
        ended = ids;
    }
    const Finished last = run(file, "study");
    EXPECT_EQ(last.exit_code, 0) << last.err << last.out;
    EXPECT_EQ(essence("study"), essence("whole"));
    for (const Faults& faults : all) {
        EXPECT_GE(injected(faults).size(), 2U) << faults.program << ' ' << faults.kinds;
        for (const std::string& line : injected(faults))
            EXPECT_THAT(line, testing::StartsWith(faults.program));
    }
    for (int i = 0; i < 200 && !processes_in(folder_.path()).empty(); ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    EXPECT_THAT(processes_in(folder_.path()), testing::IsEmpty());
}

}  // namespace
}  // namespace o2v
