// What LibTorch finds in this process: device, BLAS, threads.
#pragma once

#include <string>
#include <vector>

namespace o2v::worker {

struct TorchEnvironment {
    std::string device;  // "cuda:0" when LibTorch can use a GPU that CUDA_VISIBLE_DEVICES leaves, else "cpu"
    std::string device_name;        // the GPU's model; empty on a CPU
    std::vector<std::string> gpus;  // UUIDs of all of them, "GPU-..."; empty when the driver does not tell
    std::string torch_version;
    std::string blas;  // real path of the library that sgemm_ comes from, or its name; empty = unknown
    bool reference_blas = false;  // it is the reference implementation (about 50 times slower)
    int threads = 1;              // LibTorch's intra-op threads now
};

// Sets LibTorch's intra-op threads, and the BLAS's where it keeps its own count (OpenBLAS). Call it before
// anything else of LibTorch. REQUIRES: threads > 0.
TorchEnvironment torch_environment(int threads);

}  // namespace o2v::worker
