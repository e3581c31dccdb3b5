// One worker process and the socket to it.
#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/process/v2/process.hpp>
#include <functional>
#include <optional>
#include <string>

#include "worker/protocol/messages.hpp"

namespace o2v::worker {

// Everything a worker says arrives in order, then, once and last, that it is gone.
struct WorkerCallbacks {
    std::function<void(protocol::Up)> said;
    std::function<void(std::string how)> gone;  // "ended with exit code 1", "was killed by signal 9 (Killed)"
};

// Starts the program, with the socket as its standard input. May throw.
using Launch = std::function<boost::process::v2::process(boost::asio::io_context& io, int socket)>;

class WorkerProcess {
  public:
    // Throws boost::system::system_error and what `launch` throws. The callbacks are called from io.run().
    WorkerProcess(boost::asio::io_context& io, const Launch& launch, WorkerCallbacks callbacks);
    WorkerProcess(const WorkerProcess&) = delete;
    WorkerProcess& operator=(const WorkerProcess&) = delete;

    void send(const protocol::Down& message);  // an error shows as gone
    void kill();
    int pid() const;

  private:
    void read();
    void protocol_broken(const std::string& what);
    void finish_if_gone();

    boost::asio::local::stream_protocol::socket socket_;
    std::optional<boost::process::v2::process> process_;
    WorkerCallbacks callbacks_;
    protocol::FrameReader frames_;
    std::array<char, 1 << 16> chunk_;
    bool socket_closed_ = false, exited_ = false;
    std::string how_;
};

}  // namespace o2v::worker
