// o2v-slurm-faults: runs a reproducible study on a private cluster while everything there goes wrong, and
// compares its trials with those of a run on this machine alone.
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "tests/branin_space.hpp"
#include "tests/disturber.hpp"
#include "tests/process/program.hpp"
#include "tests/slurm/cluster.hpp"

namespace o2v {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr int kSkipped = 77;
constexpr int kTrials = 60;

const std::vector<std::string> kFaults{"kill o2v-tune",       "kill a pilot",          "kill a worker",
                                       "freeze a pilot",      "cancel a job",          "end a job's time",
                                       "crash a node",        "kill a daemon",         "freeze a daemon",
                                       "kill the controller", "freeze the controller", "interrupt"};

json experiment(const json& resources) {
    return {{"name", "faults"},
            {"problem", "branin"},
            {"fixed", {{"epochs", 9}, {"epoch_seconds", 0.1}, {"checkpoint_seconds", 0}}},
            {"objective", {{"metric", "validation:loss"}}},
            {"search", {{"strategy", "tpe"}, {"seed", 5}, {"space", branin_space()}}},
            {"pruner", {{"type", "median"}, {"startup_trials", 3}}},
            {"budget", {{"trials", kTrials}}},
            {"resources", resources},
            {"limits", {{"silence", 5}}},
            {"reproducible", true},
            {"window", 4}};
}

// Processes of that program whose environment names the folder.
std::vector<pid_t> processes(const std::string& program, const std::string& folder) {
    std::vector<pid_t> found;
    const auto text = [](const fs::path& file) {
        std::ifstream in(file, std::ios::binary);
        return std::string(std::istreambuf_iterator<char>(in), {});
    };
    for (const auto& entry : fs::directory_iterator("/proc")) {
        const std::string name = entry.path().filename();
        if (name.find_first_not_of("0123456789") != std::string::npos) continue;
        std::error_code error;
        if (fs::read_symlink(entry.path() / "exe", error).filename() != program) continue;
        if (text(entry.path() / "environ").find(folder) != std::string::npos)
            found.push_back(std::stoi(name));
    }
    return found;
}

class Faults : public Disturber {
  public:
    explicit Faults(std::uint64_t seed) : Disturber(seed), cluster_(SlurmCluster::shared()) {}

    void run(int faults) {
        undisturbed_ = undisturbed(folder_.write("here.json", experiment({{"slots", 1}}).dump(2)), "here");
        while (injected() < faults) play(faults);
        print_summary("job and no process");
    }

  private:
    std::string study() const { return folder_.file("study-" + std::to_string(studies())); }

    void play(int faults) {
        const std::string file =
            folder_.write("there.json", experiment({{"executor", "slurm"},
                                                    {"pilots", 4},
                                                    {"per_pilot", {{"gpus", 1}, {"cores", 1}}},
                                                    {"time", "30m"}})
                                            .dump(2));
        ended_.clear();
        const int before = injected();
        const auto began = Clock::now();
        while (!go_on(file, faults)) {
        }
        ended_.check(study() + "/study.db");
        check_gone();
        compare(study(), undisturbed_);
        fmt::print("study {}: {} faults, {} trials in {:.0f} s, the same\n", studies(), injected() - before,
                   ended_.size(), std::chrono::duration<double>(Clock::now() - began).count());
        std::fflush(stdout);
        cluster_.settle();
    }

    // One life of o2v-tune. True when it has come to the study's end.
    bool go_on(const std::string& file, int faults) {
        Program program(folder_.path(), tune({"run", file, "--out", study(), "--quiet"}));
        while (program.running()) {
            sleep(300, 2500);
            if (injected() >= faults || !program.running()) break;
            const std::string fault = kFaults[pick(kFaults.size())];
            if (inject(fault, program)) count(fault);
        }
        const Finished finished = program.wait();
        if (fs::exists(study() + "/study.db")) ended_.check(study() + "/study.db");
        if (finished.exit_code == 0) return true;
        if (finished.exit_code != 128 + SIGKILL && finished.exit_code != 130)
            throw Broken(fmt::format("o2v-tune ended with {}: {}", finished.exit_code, finished.err));
        return false;
    }

    // Of the study: a pilot, or the worker of one.
    bool hit(bool worker, int signal) {
        std::vector<pid_t> all = processes("o2v-pilot", study());
        if (all.empty()) return false;
        pid_t one = all[pick(all.size())];
        if (worker) {
            all = children_of(one);
            if (all.empty()) return false;
            one = all[pick(all.size())];
        }
        ::kill(one, signal);
        if (signal == SIGSTOP) {
            sleep(1000, 9000);
            ::kill(one, SIGCONT);
        }
        return true;
    }

    // Something stops, and is as before after a while.
    bool disturb(const char* how, const std::string& name, const char* back) {
        cluster_.act(how, name);
        sleep(500, 5000);
        cluster_.act(back, name);
        return true;
    }

    bool inject(const std::string& fault, Program& program) {
        const std::string node = "n" + std::to_string(1 + pick(3));
        if (fault == "kill o2v-tune" || fault == "interrupt") {
            program.signal(fault == "interrupt" ? SIGTERM : SIGKILL);
            program.wait();
            return true;
        }
        if (fault == "kill a pilot") return hit(false, SIGKILL);
        if (fault == "freeze a pilot") return hit(false, SIGSTOP);
        if (fault == "end a job's time") return hit(false, SIGTERM);
        if (fault == "kill a worker") return hit(true, SIGKILL);
        if (fault == "cancel a job") {
            cluster_.run("squeue -h -r -t RUNNING -o %i | head -1 | xargs -r scancel");
            return true;
        }
        if (fault == "crash a node") return disturb("crash", node, "start");
        if (fault == "kill a daemon") return disturb("kill", node, "start");
        if (fault == "freeze a daemon") return disturb("freeze", node, "thaw");
        if (fault == "kill the controller") return disturb("kill", "slurmctld", "start");
        return disturb("freeze", "slurmctld", "thaw");
    }

    // Nothing that was started for the study lives any more.
    void check_gone() {
        const auto deadline = Clock::now() + std::chrono::seconds(30);
        std::size_t left = 0;
        do {
            left = processes("o2v-pilot", study()).size();
            if (left == 0) return;
            std::this_thread::sleep_for(milliseconds(50));
        } while (Clock::now() < deadline);
        throw Broken(fmt::format("{} pilots were left behind", left));
    }

    SlurmCluster& cluster_;
    json undisturbed_;
};

}  // namespace
}  // namespace o2v

int main(int argc, char** argv) {
    if (const std::string why = o2v::SlurmCluster::why_not(); !why.empty()) {
        fmt::print("skipped: {}\n", why);
        return o2v::kSkipped;
    }
    return o2v::disturb<o2v::Faults>(
        argc, argv, "o2v-slurm-faults",
        "disturbs studies on a private Slurm cluster, and compares their trials.", 50);
}
