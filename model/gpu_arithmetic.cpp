#include "model/gpu_arithmetic.hpp"

#include <ATen/Context.h>

#include <cstdlib>

namespace o2v::model {

void same_bits_on_gpus() {
    ::setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", /*overwrite=*/0);
    at::Context& context = at::globalContext();
    context.setDeterministicCuDNN(true);
    context.setBenchmarkCuDNN(false);
    context.setAllowTF32CuDNN(false);
    context.setAllowTF32CuBLAS(false);
}

}  // namespace o2v::model
