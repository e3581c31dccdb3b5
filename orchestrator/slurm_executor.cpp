// An experiment's pilots, as Slurm is asked for them.
#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <filesystem>

#include "orchestrator/local_executor.hpp"
#include "orchestrator/pilot_executor.hpp"
#include "orchestrator/slurm_pilots.hpp"
#include "search/study/errors.hpp"

namespace o2v::orchestrator {
namespace {

// A program's path on the nodes.
std::string on_nodes(const SlurmResources& asked, const std::string& program) {
    return asked.programs.empty() ? program
                                  : asked.programs + '/' + std::filesystem::path(program).filename().string();
}

SlurmPilotsOptions pilots_of(const Experiment& experiment, const std::string& folder) {
    const SlurmResources& asked = experiment.resources.slurm.value();
    return {asked, "o2v", on_nodes(asked, find_worker_program("o2v-pilot")), folder, {}, {}};
}

int most_pilots(const Experiment& experiment) {
    const int asked = experiment.resources.slurm->pilots;
    const auto& trials = experiment.study.budget.trials;
    return trials ? static_cast<int>(std::min<std::int64_t>(asked, *trials)) : asked;
}

}  // namespace

void check_slurm(const Experiment& experiment, const std::string& folder) {
    const std::string where = experiment.file + ": /resources";
    if (!slurm_is_installed())
        throw InputError(where + "/executor", "slurm",
                         "sbatch, squeue and scancel are not on the PATH: run this where jobs are submitted");
    boost::asio::io_context io;
    Slurm slurm(io);
    SlurmAnswer answer;
    slurm.test(submission_of(pilots_of(experiment, folder), most_pilots(experiment)),
               [&](SlurmAnswer said) { answer = std::move(said); });
    io.run();
    // A controller that does not answer now may do so later.
    const bool no_answer = answer.timed_out || answer.error.find("imed out") != std::string::npos ||
                           answer.error.find("nable to contact") != std::string::npos;
    if (!answer.ok && !no_answer)
        throw InputError(where, "", "Slurm will not run such pilots: " + answer.error);
}

std::unique_ptr<Executor> make_slurm_executor(const Experiment& experiment, const std::string& folder) {
    const SlurmResources& asked = experiment.resources.slurm.value();
    PilotExecutorOptions options;
    options.pilots = most_pilots(experiment);
    options.study = experiment.study.name;
    options.folder = folder;
    options.worker_program = on_nodes(asked, find_worker_program(experiment));
    options.threads = asked.cores;
    options.devices = std::max(1, asked.gpus);
    options.on_gpu = asked.gpus > 0 && experiment.trains();
    options.limits = experiment.limits;
    options.address = asked.address;
    options.tls = asked.tls;
    options.idle = asked.idle;
    SlurmPilotsOptions pilots = pilots_of(experiment, folder);
    return make_pilot_executor(std::move(options), [&](const SourceNeeds& needs) {
        pilots.token = needs.token;
        pilots.orders = needs.orders;
        pilots.log = needs.log;
        return std::make_unique<SlurmPilots>(needs.io, std::move(pilots));
    });
}

}  // namespace o2v::orchestrator
