// How LibTorch's libraries calculate on a GPU.
#pragma once

namespace o2v::model {

// From now on, in this process, operations on a GPU give the same bits for the same numbers, and float32 is
// float32: cuDNN takes no algorithm that adds in the order in which threads come, times none against another,
// and rounds no convolution's or LSTM's factors to TF32 (10 bits of mantissa, which LibTorch allows it).
// cuBLAS gets a workspace of fixed size, unless the environment's CUBLAS_WORKSPACE_CONFIG names another. Call
// before the first use of a GPU; without one nothing changes. Sources: PyTorch's notes on reproducibility and
// on TF32; cuBLAS's manual, 2.1.4, Results Reproducibility.
void same_bits_on_gpus();

}  // namespace o2v::model
