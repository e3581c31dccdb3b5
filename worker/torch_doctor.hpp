// Does LibTorch compute rightly and fast on this machine?
#pragma once

#include <string>
#include <vector>

#include "worker/torch_environment.hpp"

namespace o2v::worker {

// One matrix product of floats beside the same in double precision.
struct ProductCheck {
    std::string shape;   // "17x33x65": rows of the result, its columns, length of the sums
    std::string layout;  // "nn", "tn", "nt", "tt": which factor is stored transposed
    double error = 0;    // the largest |difference| over what rounding explains; infinite when not finite
};

struct TorchHealth {
    TorchEnvironment environment;
    bool built_with_cuda = false;
    int gpus = 0;                        // that LibTorch can use
    std::string gpu_error;               // what it says when it can use none though it is built for it
    std::vector<ProductCheck> products;  // every shape in every layout
    double gflops = 0;
};

// Takes about a second, with the reference BLAS several. REQUIRES: nothing of LibTorch has been used yet,
// threads > 0.
TorchHealth examine_torch(int threads);

}  // namespace o2v::worker
