#include "worker/host/worker_process.hpp"

#include <fcntl.h>

#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/write.hpp>
#include <csignal>

#include "worker/host/process_end.hpp"

namespace o2v::worker {
namespace {

namespace asio = boost::asio;
using Socket = asio::local::stream_protocol::socket;

}  // namespace

WorkerProcess::WorkerProcess(asio::io_context& io, const Launch& launch, WorkerCallbacks callbacks)
    : socket_(io), callbacks_(std::move(callbacks)) {
    Socket theirs(io);
    asio::local::connect_pair(socket_, theirs);
    fcntl(socket_.native_handle(), F_SETFD, FD_CLOEXEC);
    fcntl(theirs.native_handle(), F_SETFD, FD_CLOEXEC);  // the copy on its standard input stays
    process_.emplace(launch(io, theirs.native_handle()));
    theirs.close();
    read();
    process_->async_wait([this](boost::system::error_code error, int) {
        if (error == asio::error::operation_aborted) return;
        exited_ = true;
        if (how_.empty()) how_ = describe_end(process_->native_exit_code());
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

}  // namespace o2v::worker
