// Matrix products on a CPU.
#pragma once

#include <torch/torch.h>

namespace o2v::model {

// out = a b, or out += a b. a: [M, K], b: [K, N], out: [M, N]; float32, each a matrix or its transpose in
// memory. Through oneDNN's sgemm where this process has one (LibTorch brings it; it is 5 to 40 % faster than
// OpenBLAS for a batch's narrow products), else through LibTorch.
void multiply(const torch::Tensor& out, const torch::Tensor& a, const torch::Tensor& b,
              bool accumulate = false);
// a b.
torch::Tensor product(const torch::Tensor& a, const torch::Tensor& b);
// Which library multiply() uses: "oneDNN" or "LibTorch's".
const char* product_library();

}  // namespace o2v::model
