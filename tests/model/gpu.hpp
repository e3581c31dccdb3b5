// The GPU of tests that need one; on a machine without, they are skipped.
#pragma once

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "model/gpu_arithmetic.hpp"

namespace o2v::model {

inline const torch::Device kGpu(torch::kCUDA, 0);

class OnAGpu : public testing::Test {
  protected:
    void SetUp() override {
        if (!torch::cuda::is_available()) GTEST_SKIP() << "LibTorch finds no GPU";
        same_bits_on_gpus();
    }
};

}  // namespace o2v::model
