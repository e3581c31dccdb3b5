#include <sched.h>
#include <unistd.h>

#include <array>

#include "worker/session.hpp"
#ifdef O2V_WITH_TORCH
#include "worker/torch_environment.hpp"
#endif

namespace o2v::worker {
namespace {

std::vector<int> own_affinity() {
    cpu_set_t set;
    CPU_ZERO(&set);
    std::vector<int> cores;
    if (sched_getaffinity(0, sizeof set, &set) != 0) return cores;
    for (int core = 0; core < CPU_SETSIZE; ++core)
        if (CPU_ISSET(static_cast<std::size_t>(core), &set)) cores.push_back(core);
    return cores;
}

std::string host_name() {
    std::array<char, 256> name{};
    gethostname(name.data(), name.size() - 1);
    return name.data();
}

}  // namespace

protocol::Hello make_hello(int threads) {
    protocol::Hello hello;
    hello.version = O2V_VERSION;
    hello.pid = getpid();
    hello.host = host_name();
    hello.cores = own_affinity();
    hello.threads = threads;
    hello.device = "cpu";
#ifdef O2V_WITH_TORCH
    const TorchEnvironment torch = torch_environment(threads);
    hello.device = torch.device;
    hello.device_name = torch.device_name;
    hello.gpus = torch.gpus;
    hello.torch_version = torch.torch_version;
    hello.blas = torch.blas;
    hello.reference_blas = torch.reference_blas;
    hello.threads = torch.threads;
#endif
    return hello;
}

}  // namespace o2v::worker
