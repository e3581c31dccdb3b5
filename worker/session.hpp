// A worker's life: connect, say what it is, take trial after trial, report, leave when told or when o2v-tune
// is gone.
#pragma once

#include <memory>

#include "worker/objective.hpp"
#include "worker/protocol/messages.hpp"

namespace o2v::worker {

struct Objectives {
    std::unique_ptr<Objective> problem;     // never null
    std::unique_ptr<Objective> command;     // never null
    std::unique_ptr<Objective> object2vec;  // null when built without LibTorch
};

// Serves the o2v-tune at the other end of the connected Unix-domain socket `fd` until Shutdown; returns the
// exit code. When the socket closes the whole process ends at once, whatever it is doing: what is on disk is
// complete, since everything is renamed into place. Throws std::runtime_error when fd is no socket.
int run_session(int fd, const protocol::Hello& hello, const Objectives& objectives);

// What this process is: pid, host, affinity, device, LibTorch and BLAS. Sets LibTorch's thread count.
protocol::Hello make_hello(int threads);

}  // namespace o2v::worker
