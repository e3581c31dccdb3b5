// The GPU of tests that need one. CTest does not know them: tests/gpu/check.sh runs them.
#pragma once

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "model/gpu_arithmetic.hpp"

namespace o2v::model {

inline const torch::Device kGpu(torch::kCUDA, 0);

class OnAGpu : public testing::Test {
  protected:
    void SetUp() override {
        ASSERT_TRUE(torch::cuda::is_available()) << "LibTorch finds no GPU";
        same_bits_on_gpus();
    }
};

}  // namespace o2v::model
