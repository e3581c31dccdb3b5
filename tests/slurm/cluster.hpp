// A private Slurm cluster for tests: three nodes n1, n2, n3 of four CPUs, 8000 MB and two invented GPUs each.
#pragma once

#include <sys/types.h>

#include <string>

namespace o2v {

class SlurmCluster {
  public:
    // "" when a cluster can be started here, else why not. Tests skip with it.
    static std::string why_not();
    // Started at the first call, stopped when the program ends, however it ends. SLURM_CONF of this process's
    // environment then names it. Throws std::runtime_error.
    static SlurmCluster& shared();

    ~SlurmCluster();
    SlurmCluster(const SlurmCluster&) = delete;
    SlurmCluster& operator=(const SlurmCluster&) = delete;

    std::string folder() const { return folder_; }
    std::string settings() const { return folder_ + "/slurm.conf"; }  // what SLURM_CONF is

    // cluster-node.sh: crash, kill, start, freeze or thaw a node or slurmctld. Throws std::runtime_error.
    void act(const std::string& action, const std::string& name);
    // What a command prints there, as a shell reads it. Throws std::runtime_error when it fails.
    std::string run(const std::string& command) const;
    // Back to a cluster that a test expects: all daemons run, no jobs, idle nodes. Throws std::runtime_error.
    void settle();

  private:
    SlurmCluster();
    std::string script(const std::string& name, const std::string& arguments) const;

    std::string folder_;
    pid_t owner_;
};

}  // namespace o2v
