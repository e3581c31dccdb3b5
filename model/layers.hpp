// The network's differentiable operations: on a CPU one autograd node each over the loops of kernels.hpp, on
// other devices LibTorch's.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <vector>

#include "model/hyperparameters/hyperparameters.hpp"

namespace o2v::model {

// Which implementation: `kernels` on a CPU; `plain` (LibTorch's operations over padded batches) on other
// devices, and on a CPU for comparison.
enum class Path { kernels, plain };

// In the list's order: hadamard u * v, concat [u, v], abs_diff |u - v|; side by side. [B, D] each -> [B, k
// D].
torch::Tensor compare(const torch::Tensor& u, const torch::Tensor& v,
                      const std::vector<Comparator>& comparators, Path path);
// How many columns compare() gives for two vectors of enc_dim.
std::int64_t compared_dim(std::int64_t enc_dim, const std::vector<Comparator>& comparators);

// A layer whose weight [outputs, inputs] lies in memory as its transpose: the forward product, whose inner
// dimension is the widest, then reads rows instead of columns.
torch::nn::Linear make_linear(std::int64_t inputs, std::int64_t outputs);

// activation(x weight^T + bias). x: [B, in]; weight: [out, in]; bias: [out] -> [B, out].
torch::Tensor linear(const torch::Tensor& x, const torch::Tensor& weight, const torch::Tensor& bias,
                     Activation activation, Path path);

}  // namespace o2v::model
