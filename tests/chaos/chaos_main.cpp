// o2v-chaos: runs a reproducible study again and again while everything goes wrong, and compares its trials
// with those of an undisturbed run.
#include <fmt/format.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <thread>

#include "tests/branin_space.hpp"
#include "tests/disturber.hpp"
#include "tests/process/program.hpp"

namespace o2v {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr int kTrials = 90;
constexpr milliseconds kFarewell{5000};  // within it, what a killed o2v-tune has started is gone

const std::vector<std::string> kFaults{"kill o2v-tune", "kill a worker", "kill all",   "stop o2v-tune",
                                       "stop a worker", "disk full",     "torn write", "torn checkpoint",
                                       "failing write", "clock jump",    "interrupt",  "terminate"};

// Trials that pause, go on and are pruned, on two slots, of which three are told side by side.
json experiment(const std::string& strategy, const std::string& pruner) {
    return {{"name", "chaos"},
            {"problem", "branin"},
            {"fixed", {{"epochs", 9}, {"epoch_seconds", 0.01}, {"checkpoint_seconds", 0}}},
            {"objective", {{"metric", "validation:loss"}}},
            {"search", {{"strategy", strategy}, {"seed", 5}, {"space", branin_space()}}},
            {"pruner", {{"type", pruner}, {"startup_trials", 3}}},
            {"budget", {{"trials", kTrials}}},
            {"resources", {{"slots", 2}}},
            {"limits", {{"silence", 10}}},
            {"reproducible", true},
            {"window", 3}};
}

class Chaos : public Disturber {
  public:
    explicit Chaos(std::uint64_t seed) : Disturber(seed) {
        fs::create_directories(disk());
        mounted_ = mount("tmpfs", disk().c_str(), "tmpfs", 0, "size=64m") == 0;
        if (!mounted_) fmt::print("a small tmpfs cannot be mounted here: no fault fills the disk\n");
        std::ofstream(clock_file(), std::ios::binary).write("\0\0\0\0\0\0\0\0", 8);
        setenv("O2V_CLOCK_FILE", clock_file().c_str(), 1);
        setenv("O2V_FAULTY_FOLDER", disk().c_str(), 1);
        setenv("O2V_FAULTY_LOG", fault_log().c_str(), 1);
        setenv("O2V_SHARE_CORES", "1", 1);
    }
    ~Chaos() {
        if (mounted_) umount2(disk().c_str(), MNT_DETACH);
    }

    void run(int faults) {
        const std::vector<std::pair<std::string, std::string>> kinds{
            {"random", "asha"}, {"tpe", "median"}, {"pbt", "none"}, {"bayesian", "hyperband"}};
        for (int round = 0; injected() < faults; ++round) {
            const auto& [strategy, pruner] = kinds[static_cast<std::size_t>(round) % kinds.size()];
            folder_.write("chaos.json", experiment(strategy, pruner).dump(2));
            play(strategy + "+" + pruner, round, faults);
        }
        print_summary("process");
    }

  private:
    std::string disk() const { return folder_.file("disk"); }
    std::string clock_file() const { return folder_.file("clock"); }
    std::string fault_log() const { return folder_.file("faults.log"); }
    std::string study() const { return disk() + "/study"; }

    void play(const std::string& name, int round, int faults) {
        const std::string file = folder_.file("chaos.json");
        fs::remove_all(study());
        ended_.clear();
        json& expected = undisturbed_[name];
        if (expected.is_null()) expected = undisturbed(file, folder_.file(name));
        const int before = injected();
        while (!go_on(file, injected() < faults)) {
        }
        check_gone();
        check_ended();
        compare(study(), expected);
        fmt::print("study {} ({}): {} faults, {} trials, the same\n", round, name, injected() - before,
                   ended_.size());
        std::fflush(stdout);
    }

    // One life of o2v-tune, with a fault in it. True when it has come to the study's end.
    bool go_on(const std::string& file, bool disturbed) {
        const std::string fault = disturbed ? kFaults[pick(kFaults.size())] : "";
        prepare(fault);
        const auto logged = lines(fault_log());
        Program program(folder_.path(), tune({"run", file, "--out", study(), "--quiet"}));
        for (const char* name : {"LD_PRELOAD", "O2V_FAULTY_RATE"}) unsetenv(name);
        if (disturbed) {
            sleep(30, 300);
            if (program.running() || lines(fault_log()) > logged) {
                if (inject(fault, program) || lines(fault_log()) > logged) count(fault);
            }
        }
        const Finished finished = program.wait();
        if (fs::exists(disk() + "/filler")) fs::remove(disk() + "/filler");
        check_gone();
        if (fs::exists(study() + "/study.db")) check_ended();
        if (finished.exit_code == 0) return true;
        const bool expected = finished.exit_code == 128 + SIGKILL || finished.exit_code == 130 ||
                              (finished.exit_code == 1 && (fault == "disk full" || fault == "failing write"));
        if (!expected)
            throw Broken(fmt::format("after \"{}\", o2v-tune ended with {}: {}", fault, finished.exit_code,
                                     finished.err));
        return false;
    }

    // What must be there before the program starts.
    void prepare(const std::string& fault) {
        std::string layers = O2V_BIN_DIR "/libo2v_jumping_clock.so";
        if (fault == "torn write" || fault == "torn checkpoint" || fault == "failing write") {
            layers += ":" O2V_BIN_DIR "/libo2v_faulty_files.so";
            setenv("O2V_FAULTY_PROGRAM", fault == "torn checkpoint" ? "o2v-command-worker" : "o2v-tune", 1);
            setenv("O2V_FAULTY_KINDS", fault == "failing write" ? "full,io" : "torn", 1);
            setenv("O2V_FAULTY_RATE", "0.01", 1);
            setenv("O2V_FAULTY_SEED", std::to_string(random()).c_str(), 1);
            setenv("O2V_FAULTY_MOST", std::to_string(lines(fault_log()) + 1).c_str(), 1);
        }
        setenv("LD_PRELOAD", layers.c_str(), 1);
    }

    // Returns whether there was something to be disturbed.
    bool inject(const std::string& fault, Program& program) {
        const std::vector<pid_t> workers = children_of(program.pid());
        const pid_t worker = workers.empty() ? 0 : workers[pick(workers.size())];
        if (fault == "kill o2v-tune") {
            program.signal(SIGKILL);
        } else if (fault == "kill all") {
            program.signal(SIGKILL);
            for (const pid_t pid : workers) kill(pid, SIGKILL);
        } else if (fault == "interrupt" || fault == "terminate") {
            program.signal(fault == "interrupt" ? SIGINT : SIGTERM);
        } else if (fault == "stop o2v-tune") {
            program.signal(SIGSTOP);
            sleep(50, 400);
            program.signal(SIGCONT);
        } else if (fault == "clock jump") {
            const std::int64_t seconds = static_cast<std::int64_t>(pick(400'000)) - 200'000;
            std::fstream(clock_file(), std::ios::in | std::ios::out | std::ios::binary)
                .write(reinterpret_cast<const char*>(&seconds), sizeof seconds);
        } else if (fault == "disk full") {
            if (!mounted_) return false;
            std::ofstream filler(disk() + "/filler", std::ios::binary);
            const std::vector<char> block(1 << 20);
            while (filler.write(block.data(), std::ssize(block)).flush()) {
            }
            sleep(50, 400);
        } else if (fault == "kill a worker" || fault == "stop a worker") {
            if (worker == 0) return false;
            kill(worker, fault == "kill a worker" ? SIGKILL : SIGSTOP);
            if (fault == "kill a worker") return true;
            sleep(50, 400);
            kill(worker, SIGCONT);
        } else {
            return false;  // the layer did it, or did not
        }
        return true;
    }

    static std::size_t lines(const std::string& path) {
        std::ifstream file(path);
        std::size_t count = 0;
        for (std::string line; std::getline(file, line);) ++count;
        return count;
    }

    void check_ended() { ended_.check(study() + "/study.db"); }

    // Nothing that was started in the folder lives any more.
    void check_gone() const {
        const auto deadline = Clock::now() + kFarewell;
        std::string left;
        do {
            left.clear();
            for (const auto& entry : fs::directory_iterator("/proc")) {
                std::error_code error;
                if (fs::read_symlink(entry.path() / "cwd", error) == folder_.path())
                    left += ' ' + entry.path().filename().string();
            }
            if (left.empty()) return;
            std::this_thread::sleep_for(milliseconds(10));
        } while (Clock::now() < deadline);
        throw Broken("processes were left behind:" + left);
    }

    bool mounted_ = false;
    std::map<std::string, json> undisturbed_;  // trials by study
};

}  // namespace
}  // namespace o2v

int main(int argc, char** argv) {
    return o2v::disturb<o2v::Chaos>(
        argc, argv, "o2v-chaos",
        "disturbs reproducible studies and compares their trials with undisturbed ones.", 200);
}
