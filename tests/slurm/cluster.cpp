#include "tests/slurm/cluster.hpp"

#include <stdlib.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <stdexcept>
#include <thread>

#include "tests/program.hpp"

namespace o2v {
namespace {

constexpr auto kPatience = std::chrono::seconds(60);

std::string must_run(const std::string& command) {
    ShellRun finished = run_program(command);
    if (finished.exit_code != 0) throw std::runtime_error(command + ": " + finished.output);
    return finished.output;
}

}  // namespace

std::string SlurmCluster::why_not() {
    for (const char* program : {"munged", "slurmctld", "slurmd", "sbatch", "squeue", "scancel"})
        if (run_program("PATH=$PATH:/usr/sbin:/sbin; command -v " + std::string(program)).exit_code != 0)
            return std::string(program) +
                   " is not installed (Debian: slurmctld slurmd slurm-client munge), so there is no cluster";
    return "";
}

SlurmCluster& SlurmCluster::shared() {
    static SlurmCluster cluster;
    return cluster;
}

SlurmCluster::SlurmCluster() : owner_(getpid()) {
    char pattern[] = "/tmp/o2v-slurm-XXXXXX";  // not in TMPDIR: its sockets' paths must be short
    if (!mkdtemp(pattern)) throw std::runtime_error("no folder in /tmp for a cluster");
    folder_ = pattern;
    try {
        must_run("CLUSTER_OWNER=" + std::to_string(owner_) + " " + script("cluster-up.sh", ""));
    } catch (...) {
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
        throw;
    }
    setenv("SLURM_CONF", settings().c_str(), 1);
}

SlurmCluster::~SlurmCluster() {
    if (getpid() != owner_) return;  // a child that could not become another program
    run_program(script("cluster-down.sh", ""));
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
}

std::string SlurmCluster::script(const std::string& name, const std::string& arguments) const {
    return O2V_SOURCE_DIR "/tests/slurm/" + name + " " + folder_ + " " + arguments;
}

void SlurmCluster::act(const std::string& action, const std::string& name) {
    must_run(script("cluster-node.sh", action + " " + name));
}

std::string SlurmCluster::run(const std::string& command) const {
    return must_run("SLURM_CONF=" + settings() + "; export SLURM_CONF; " + command);
}

void SlurmCluster::settle() {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    for (const char* name : {"slurmctld", "n1", "n2", "n3"}) {
        run_program(script("cluster-node.sh", std::string("thaw ") + name));   // refused when it is not there
        run_program(script("cluster-node.sh", std::string("start ") + name));  // refused when it is
    }
    while (true) {
        const ShellRun jobs = run_program("scancel --user=$(id -u); squeue --noheader");
        // A node that could not start a job is drained, until somebody has looked at it.
        run_program(
            "sinfo --noheader --Node --partition=main --states=drain --format=%N |"
            "xargs -r -I{} scontrol update NodeName={} State=RESUME");
        const ShellRun nodes = run_program("sinfo --noheader --Node --partition=main --format=%t");
        if (jobs.exit_code == 0 && jobs.output.empty() && nodes.output == "idle\nidle\nidle\n") return;
        if (std::chrono::steady_clock::now() > deadline)
            throw std::runtime_error(
                "the cluster does not settle: " + jobs.output +
                run_program("sinfo --noheader --Node --partition=main --format='%N %T: %E';"
                            "tail -n 40 " +
                            folder_ + "/log/*")
                    .output);
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
}

}  // namespace o2v
