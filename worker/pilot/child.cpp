#include "worker/pilot/child.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <boost/process/v2/stdio.hpp>
#include <cerrno>
#include <csignal>

#include "worker/host/exec_failure.hpp"
#include "worker/protocol/threads.hpp"

namespace o2v::pilot {
namespace {

namespace asio = boost::asio;
namespace process = boost::process::v2;

class Surroundings : public worker::EndsOnExecFailure {
  public:
    explicit Surroundings(int threads) {
        std::vector<std::string> outer;
        for (char** entry = environ; *entry; ++entry) {
            const std::string_view text = *entry;
            const bool of_job = text.starts_with("SLURM_") || text.starts_with("SLURMD_") ||
                                text.starts_with("SBATCH_") || text.starts_with("PMI_");
            if (!of_job && !text.starts_with(std::string(protocol::kPilotVariable) + '='))
                outer.emplace_back(text);
        }
        entries_ = protocol::with_threads(std::move(outer), threads);
        for (const std::string& entry : entries_) pointers_.push_back(entry.c_str());
        pointers_.push_back(nullptr);
    }
    Surroundings(const Surroundings&) = delete;
    Surroundings& operator=(const Surroundings&) = delete;

    template <class Launcher, class Path>
    process::error_code on_setup(Launcher& launcher, const Path&, const char* const*) {
        launcher.env = pointers_.data();
        return {};
    }
    template <class Launcher, class Path>
    process::error_code on_exec_setup(Launcher&, const Path&, const char* const*) const {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        return {};
    }

  private:
    std::vector<std::string> entries_;
    std::vector<const char*> pointers_;
};

worker::Launch launcher(const protocol::PilotOrders& orders, asio::posix::stream_descriptor& output) {
    return [&orders, &output](asio::io_context& io, int socket) {
        int ends[2];
        if (pipe2(ends, O_CLOEXEC) != 0)
            throw boost::system::system_error(errno, boost::system::system_category(), "a pipe");
        output.assign(ends[0]);
        Surroundings surroundings(std::max(1, orders.threads / orders.devices));
        const std::vector<std::string> arguments{"connect", "--threads", std::to_string(orders.threads),
                                                 "--devices", std::to_string(orders.devices)};
        struct Close {
            int file;
            ~Close() { close(file); }
        } const theirs{ends[1]};
        return process::process(io, orders.worker, arguments,
                                process::process_stdio{socket, theirs.file, theirs.file}, surroundings);
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
    while (!error)
        if (const std::size_t size = output_.read_some(asio::buffer(chunk_), error))
            printed_({chunk_.data(), size});
}

}  // namespace o2v::pilot
