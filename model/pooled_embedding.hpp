// The mean of a sequence's token vectors (spec 4.2).
#pragma once

#include "model/encoder.hpp"

namespace o2v::model {

// The sum of the vectors of all tokens but padding, divided by how many they are (by 1 when there are none),
// then dropout. No weights of its own: its width is the token embedding's.
class PooledEmbedding : public Encoder {
  public:
    torch::Tensor forward(const TokenBatch& batch, Dropout& dropout) override;
};

}  // namespace o2v::model
