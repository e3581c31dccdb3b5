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

// What Slurm will never do is said at once. A controller that does not answer now may do so later.
void refuse_impossible(const SlurmSubmission& submission, const std::string& file) {
    boost::asio::io_context io;
    Slurm slurm(io);
    SlurmAnswer answer;
    slurm.test(submission, [&](SlurmAnswer said) { answer = std::move(said); });
    io.run();
    const bool no_answer = answer.timed_out || answer.error.find("imed out") != std::string::npos ||
                           answer.error.find("nable to contact") != std::string::npos;
    if (!answer.ok && !no_answer) throw InputError(file + ": /resources", "", "Slurm will not run such pilots: " + answer.error);
}

}  // namespace

std::unique_ptr<Executor> make_slurm_executor(const Experiment& experiment, const std::string& folder) {
    const SlurmResources& asked = experiment.resources.slurm.value();
    const auto on_nodes = [&](const std::string& program) {
        return asked.programs.empty()
                   ? program
                   : asked.programs + '/' + std::filesystem::path(program).filename().string();
    };
    PilotExecutorOptions options;
    options.pilots = asked.pilots;
    if (const auto& trials = experiment.study.budget.trials)
        options.pilots = static_cast<int>(std::min<std::int64_t>(options.pilots, *trials));
    options.study = experiment.study.name;
    options.folder = std::filesystem::absolute(folder).string();
    options.worker_program = on_nodes(find_worker_program(experiment));
    options.threads = asked.cores;
    options.devices = std::max(1, asked.gpus);
    options.on_gpu = asked.gpus > 0 && experiment.trains();
    options.limits = experiment.limits;
    options.address = asked.address;
    options.tls = asked.tls;
    options.idle = asked.idle;
    const std::string pilot_program = on_nodes(find_worker_program("o2v-pilot"));
    SlurmPilotsOptions pilots{asked, "o2v", pilot_program, options.folder, {}, {}};
    refuse_impossible(submission_of(pilots, options.pilots), experiment.file);
    return make_pilot_executor(std::move(options), [&](const SourceNeeds& needs) {
        pilots.token = needs.token;
        pilots.orders = needs.orders;
        pilots.log = needs.log;
        return std::make_unique<SlurmPilots>(needs.io, std::move(pilots));
    });
}

}  // namespace o2v::orchestrator
