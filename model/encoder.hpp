// Sequences of token vectors -> one vector each. One implementation a file.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <memory>

#include "model/dropout.hpp"
#include "model/hyperparameters/hyperparameters.hpp"
#include "model/layers.hpp"
#include "model/token_table.hpp"

namespace o2v::model {

class Encoder : public torch::nn::Module {
  public:
    // [B, enc_dim]. Finite for every sequence, an empty one and one of padding alone included. Both paths
    // give the same but for rounding; Path::plain needs a leaf with values.
    virtual torch::Tensor forward(const TokenBatch& batch, Dropout& dropout, Path path) = 0;
};

std::shared_ptr<Encoder> make_encoder(const EncoderOptions& options, std::int64_t enc_dim);

}  // namespace o2v::model
