// Inverted dropout whose random numbers depend on a seed and the order of the calls alone.
#pragma once

#include <torch/torch.h>

#include <cstdint>

namespace o2v::model {

class Dropout {
  public:
    // rate in [0, 1]: the share of elements set to 0; the others are multiplied by 1 / (1 - rate).
    explicit Dropout(double rate) : rate_(rate) {}

    // Begins a new sequence of masks: one seed per epoch, so that a resumed training draws what an
    // uninterrupted one would have. On CUDA the masks are LibTorch's, after torch::manual_seed(seed).
    void seed(std::uint64_t seed, const torch::Device& device);
    // x itself when not training or at rate 0.
    torch::Tensor apply(const torch::Tensor& x, bool training);

  private:
    double rate_;
    std::uint64_t seed_ = 0;
    std::uint64_t calls_ = 0;
};

}  // namespace o2v::model
