// One worker process per slot on this machine.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "orchestrator/executor.hpp"
#include "orchestrator/slots.hpp"

namespace o2v::orchestrator {

struct LocalExecutorOptions {
    std::vector<Slot> slots;
    std::string worker_program;  // absolute path of o2v-worker
    std::string log_folder;      // worker-<slot>.log, appended to
    TrialLimits limits;
    bool on_gpu = false;  // workers train through LibTorch: it must see a GPU slot's GPUs
    std::optional<std::int64_t> data_bytes{};  // of a worker's private writable memory (RLIMIT_DATA)
};

// Workers are started by Boost.Process with their affinity, thread counts and CUDA_VISIBLE_DEVICES set before
// the program (and so LibTorch) starts, talk over a socket pair on their standard input, and die with this
// process. One that ends unasked is replaced, as is one that is over a limit, which is killed. wait() throws
// std::runtime_error with the log's last lines when a slot's worker dies three times in a row before it
// greets, and when one finds itself on other cores or another GPU than its slot's.
std::unique_ptr<Executor> make_local_executor(LocalExecutorOptions options);

// The program of that name beside the running one; for a worker, or what the environment's O2V_WORKER names.
// Throws InputError when it is not there. What does not train Object2Vec needs the worker that starts without
// LibTorch.
std::string find_worker_program(const Experiment& experiment);
std::string find_worker_program(const char* name = "o2v-worker");

}  // namespace o2v::orchestrator
