// Lower precision where it costs little: a GPU's matrix products in bfloat16, everything else in float32.
#pragma once

#include <torch/torch.h>

namespace o2v::model {

// While it lives, this thread's CUDA operations run under LibTorch's autocast to bfloat16, when `wanted`.
class Autocast {
  public:
    explicit Autocast(bool wanted);
    ~Autocast();
    Autocast(const Autocast&) = delete;
    Autocast& operator=(const Autocast&) = delete;

  private:
    bool wanted_;
};

}  // namespace o2v::model
