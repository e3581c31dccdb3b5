// Trials on other machines: a slot is a pilot that has connected (worker/protocol/pilot_messages.hpp).
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "orchestrator/executor.hpp"
#include "orchestrator/experiment.hpp"
#include "orchestrator/pilot_source.hpp"
#include "worker/protocol/pilot_messages.hpp"

namespace boost::asio {
class io_context;
}

namespace o2v::orchestrator {

struct PilotExecutorOptions {
    int pilots = 1;
    std::string study;           // its name
    std::string folder;          // the study's, absolute
    std::string worker_program;  // path of o2v-worker on the nodes
    int threads = 1, devices = 1;
    bool on_gpu = false;  // a pilot whose worker finds no GPU is of no use
    TrialLimits limits;
    std::string address;  // under which pilots reach this machine; "" = all it has
    bool tls = false;
    std::chrono::seconds idle{300};  // a pilot without a trial for so long is released, but for the last one
};

// What a source is made of, once the port is open.
struct SourceNeeds {
    boost::asio::io_context& io;
    protocol::PilotOrders orders;
    std::string token;
    std::function<void(const std::string&)> log;
};
using MakeSource = std::function<std::unique_ptr<PilotSource>(const SourceNeeds&)>;

// Listens, asks the source for pilots, and gives trials to those that connect and prove that they know the
// study's secret (the folder's pilots/). They come and go at any time: one whose time is over saves first,
// one that is lost is replaced, one that is idle is released until all are busy again. What they and Slurm
// do stands in logs/pilots.log. wait() throws std::runtime_error when there are none to be had, as the
// source says. Throws StorageError, boost::system::system_error.
std::unique_ptr<Executor> make_pilot_executor(PilotExecutorOptions options, const MakeSource& make_source);

// Asks Slurm whether it would ever run such pilots. Throws InputError when it says no, or is not there.
// REQUIRES: resources.slurm.
void check_slurm(const Experiment& experiment, const std::string& folder);
// Pilots submitted to Slurm as the experiment's resources say. REQUIRES: resources.slurm.
std::unique_ptr<Executor> make_slurm_executor(const Experiment& experiment, const std::string& folder);

}  // namespace o2v::orchestrator
