// The mean of a sequence's token vectors (spec 4.2).
#pragma once

#include "model/encoder.hpp"

namespace o2v::model {

// The sum of the vectors of all tokens but padding, divided by how many they are (by 1 when there are none),
// then dropout. No weights of its own: its width is the token embedding's.
class PooledEmbedding : public Encoder {
  public:
    // With a token_embedding_dim other than enc_dim, which no experiment can ask for (resolving makes them
    // equal), the mean is projected by a linear layer: the network that the training benchmark's peers have.
    PooledEmbedding(const EncoderOptions& options, std::int64_t enc_dim);
    torch::Tensor forward(const TokenBatch& batch, Dropout& dropout, Path path) override;

  private:
    torch::nn::Linear projection_{nullptr};
};

}  // namespace o2v::model
