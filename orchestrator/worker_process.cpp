#include "orchestrator/worker_process.hpp"

#include <fcntl.h>

#include <algorithm>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/write.hpp>
#include <boost/process/v2/stdio.hpp>
#include <csignal>
#include <deque>
#include <fstream>

#include "orchestrator/confine.hpp"
#include "orchestrator/programs.hpp"

namespace o2v::orchestrator {
namespace {

namespace asio = boost::asio;
namespace process = boost::process::v2;
using Socket = asio::local::stream_protocol::socket;

}  // namespace

WorkerProcess::WorkerProcess(asio::io_context& io, const Slot& slot, const std::string& program,
                             const std::string& log_path, std::optional<std::int64_t> memory_bytes,
                             WorkerCallbacks callbacks)
    : socket_(io), callbacks_(std::move(callbacks)) {
    Socket theirs(io);
    asio::local::connect_pair(socket_, theirs);
    fcntl(socket_.native_handle(), F_SETFD, FD_CLOEXEC);
    fcntl(theirs.native_handle(), F_SETFD, FD_CLOEXEC);  // the copy on its standard input stays
    const LogFile log(log_path);
    const std::vector<std::string> arguments{"connect", "--threads", std::to_string(slot.threads),
                                             "--devices", std::to_string(slot.devices)};
    process_.emplace(io, program, arguments,
                     process::process_stdio{theirs.native_handle(), log.handle(), log.handle()},
                     Confine(slot, memory_bytes));
    theirs.close();
    read();
    process_->async_wait([this](boost::system::error_code error, int) {
        if (error == asio::error::operation_aborted) return;
        exited_ = true;
        how_ = describe_end(process_->native_exit_code());
        finish_if_gone();
    });
}

void WorkerProcess::read() {
    socket_.async_read_some(asio::buffer(chunk_), [this](boost::system::error_code error, std::size_t size) {
        if (error == asio::error::operation_aborted) return;
        if (error) {
            socket_closed_ = true;
            finish_if_gone();
            return;
        }
        try {
            frames_.append(chunk_.data(), size);
            while (auto body = frames_.next()) callbacks_.said(protocol::decode_up(*body));
        } catch (const protocol::ProtocolError& e) {
            protocol_broken(e.what());
        }
        read();
    });
}

void WorkerProcess::protocol_broken(const std::string& what) {
    frames_ = {};
    how_ = "sent a message that cannot be read (" + what + ")";
    kill();
}

void WorkerProcess::finish_if_gone() {
    if (!socket_closed_) return;
    if (!exited_) {  // it closed its socket but lives: it is of no use
        kill();
        return;
    }
    callbacks_.gone(how_);
}

void WorkerProcess::send(const protocol::Down& message) {
    boost::system::error_code ignored;
    asio::write(socket_, asio::buffer(protocol::encode(message)), ignored);
}

void WorkerProcess::kill() {
    ::kill(pid(), SIGKILL);
}

int WorkerProcess::pid() const {
    return static_cast<int>(process_->id());
}

std::string last_lines(const std::string& path, int lines) {
    constexpr std::streamoff kMost = 8192;
    std::ifstream file(path, std::ios::ate);
    if (!file) return "";
    file.seekg(std::max<std::streamoff>(0, static_cast<std::streamoff>(file.tellg()) - kMost));
    std::deque<std::string> last;
    for (std::string line; std::getline(file, line);) {
        last.push_back(line);
        if (last.size() > static_cast<std::size_t>(lines)) last.pop_front();
    }
    std::string text;
    for (const std::string& line : last) text += (text.empty() ? "" : "\n") + line;
    return text;
}

}  // namespace o2v::orchestrator
