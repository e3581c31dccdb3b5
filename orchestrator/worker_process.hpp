// One worker process and the socket to it. Private to the local executor.
#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/process/v2/process.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "orchestrator/slots.hpp"
#include "worker/protocol/messages.hpp"

namespace o2v::orchestrator {

// Everything a worker says arrives in order, then, once and last, that it is gone.
struct WorkerCallbacks {
    std::function<void(protocol::Up)> said;
    std::function<void(std::string how)> gone;  // "ended with exit code 1", "was killed by signal 9 (Killed)"
};

class WorkerProcess {
  public:
    // Starts the program, with so much private writable memory at most where it is given. Throws
    // boost::system::system_error, StorageError. The callbacks are called from io.run().
    WorkerProcess(boost::asio::io_context& io, const Slot& slot, const std::string& program,
                  const std::string& log_path, std::optional<std::int64_t> memory_bytes,
                  WorkerCallbacks callbacks);
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

// The last lines of a text file, for messages. "" when there are none.
std::string last_lines(const std::string& path, int lines);

}  // namespace o2v::orchestrator
