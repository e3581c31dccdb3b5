// Bidirectional LSTM with max-pooling over time (spec 4.4; InferSent's BiLSTM-max, Conneau et al. 2017).
#pragma once

#include <vector>

#include "model/encoder.hpp"

namespace o2v::model {

// Reads a sequence's tokens but padding, wherever it stands. `layers` layers of ceil(enc_dim / 2) units in
// each direction, dropout between layers, then the maximum over time of the last layer's outputs; of an odd
// enc_dim the backward direction's last unit is not given out. A sequence without tokens gives zeros.
class Bilstm : public Encoder {
  public:
    Bilstm(const EncoderOptions& options, std::int64_t enc_dim);
    torch::Tensor forward(const TokenBatch& batch, Dropout& dropout, Path path) override;

  private:
    torch::Tensor forward_padded(const TokenBatch& batch, Dropout& dropout);

    std::int64_t enc_dim_;
    std::vector<torch::nn::LSTM> layers_;
};

}  // namespace o2v::model
