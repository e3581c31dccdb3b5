// A pilot's worker: started beside it, with what it prints brought to the pilot.
#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <functional>
#include <string>
#include <string_view>

#include "worker/host/worker_process.hpp"
#include "worker/protocol/pilot_messages.hpp"

namespace o2v::pilot {

struct ChildCallbacks {
    worker::WorkerCallbacks worker;
    std::function<void(std::string_view text)> printed;
};

class Child {
  public:
    // Dies with this process. Its environment is this one's without what Slurm has told the job, so that
    // programs it starts are no part of that, and without the secret. Throws boost::system::system_error,
    // std::runtime_error naming a worker program that cannot be started.
    Child(boost::asio::io_context& io, const protocol::PilotOrders& orders, ChildCallbacks callbacks);
    worker::WorkerProcess& process() { return process_; }
    void read_rest();  // what it had printed when it ended

  private:
    void read();

    boost::asio::posix::stream_descriptor output_;
    std::function<void(std::string_view)> printed_;
    std::array<char, 1 << 14> chunk_;
    worker::WorkerProcess process_;
};

}  // namespace o2v::pilot
