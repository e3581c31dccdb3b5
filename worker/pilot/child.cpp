#include "worker/pilot/child.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <boost/process/v2/stdio.hpp>
#include <cerrno>
#include <csignal>

#include "worker/host/environment.hpp"
#include "worker/host/launch_environment.hpp"

namespace o2v::pilot {
namespace {

namespace asio = boost::asio;
namespace process = boost::process::v2;

// Without what Slurm has told the job, so that programs a worker starts are no part of that, and without the
// secret.
std::vector<std::string> worker_environment(int threads) {
    std::vector<std::string> entries = worker::own_environment();
    std::erase_if(entries, [](const std::string& entry) {
        return entry.starts_with("SLURM_") || entry.starts_with("SLURMD_") || entry.starts_with("SBATCH_") ||
               entry.starts_with("PMI_") || entry.starts_with(std::string(protocol::kPilotVariable) + '=');
    });
    return worker::with_threads(std::move(entries), threads);
}

// Dies with the pilot.
class Beside : public worker::LaunchEnvironment {
  public:
    using LaunchEnvironment::LaunchEnvironment;

    template <class Launcher, class Path>
    process::error_code on_exec_setup(Launcher&, const Path&, const char* const*) const {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        return {};
    }
};

worker::Launch launcher(const protocol::PilotOrders& orders, asio::posix::stream_descriptor& output) {
    return [&orders, &output](asio::io_context& io, int socket) {
        int ends[2];
        if (pipe2(ends, O_CLOEXEC) != 0)
            throw boost::system::system_error(errno, boost::system::system_category(), "a pipe");
        output.assign(ends[0]);
        const std::vector<std::string> arguments{"connect", "--threads", std::to_string(orders.threads),
                                                 "--devices", std::to_string(orders.devices)};
        struct Close {
            int file;
            ~Close() { close(file); }
        } const theirs{ends[1]};
        try {
            return process::process(io, orders.worker, arguments,
                                    process::process_stdio{socket, theirs.file, theirs.file},
                                    Beside(worker_environment(std::max(1, orders.threads / orders.devices))));
        } catch (const boost::system::system_error& e) {
            throw std::runtime_error(orders.worker + ": cannot be started: " + e.code().message());
        }
    };
}

}  // namespace

Child::Child(asio::io_context& io, const protocol::PilotOrders& orders, ChildCallbacks callbacks)
    : output_(io),
      printed_(std::move(callbacks.printed)),
      process_(io, launcher(orders, output_), std::move(callbacks.worker)) {
    read();
}

void Child::read() {
    output_.async_read_some(asio::buffer(chunk_), [this](boost::system::error_code error, std::size_t size) {
        if (error) return;  // operation_aborted: this may be gone
        printed_({chunk_.data(), size});
        read();
    });
}

void Child::read_rest() {
    boost::system::error_code error;
    output_.non_blocking(true, error);
    std::array<char, 1 << 14> rest;  // a read that has not been told of may still hold the other
    while (!error)
        if (const std::size_t size = output_.read_some(asio::buffer(rest), error))
            printed_({rest.data(), size});
}

}  // namespace o2v::pilot
