// An optimizer's formula over several tensors at once, in LibTorch's operations.
#pragma once

#include <torch/torch.h>

#include <vector>

#include "model/kernels/kernels.hpp"

namespace o2v::model {

// On a GPU a small model's step is the launching of its operations: here each is launched once for all
// tensors.
class TensorUpdates {
  public:
    // One more weight with its gradient and moments, of one shape and device; a moment that the optimizer has
    // not is undefined.
    void add(const torch::Tensor& gradient, const torch::Tensor& weight, const torch::Tensor& first,
             const torch::Tensor& second);
    // kernels::update of each, in place.
    void run(const kernels::Update& how);

  private:
    std::vector<torch::Tensor> gradients_, weights_, firsts_, seconds_;
};

}  // namespace o2v::model
