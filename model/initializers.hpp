// All initial weights, in one place. MXNet's container does not show its initialisers (spec section 10).
#pragma once

#include <cstdint>

#include "model/object2vec.hpp"

namespace o2v::model {

// Token tables: uniform in +-kEmbeddingBound (MXNet's default initialiser), the padding's row 0 zero. Linear
// and convolution weights: Xavier uniform, +-sqrt(6 / (fan_in + fan_out)) (Glorot and Bengio 2010). LSTM
// weights: uniform in
// +-1/sqrt(hidden). Biases: zero. A function of the seed and the shapes alone, the same with every LibTorch.
// REQUIRES: the model is on the CPU.
void initialize(Object2Vec& model, std::uint64_t seed);

inline constexpr double kEmbeddingBound = 0.07;

}  // namespace o2v::model
