// Hierarchical convolution (spec 4.3; InferSent's ConvNet encoder, Conneau et al. 2017): each layer's maxima
// over time, concatenated.
#pragma once

#include <vector>

#include "model/encoder.hpp"

namespace o2v::model {

// Each layer: convolution over time of `cnn_filter_width`, the length kept by zeros around it (for an even
// width one more behind than before), bias, ReLU. A layer's output is its maximum over ALL positions, padding
// included, taken before dropout; the next layer reads it after dropout. Layer l has enc_dim / layers
// filters, the first enc_dim % layers of them one more.
//
// The result is that of sequences padded to max_seq_len, whatever else is in the batch: behind a sequence's
// end and the filters' reach all positions hold the same, so reach + 1 more positions suffice.
class Hcnn : public Encoder {
  public:
    Hcnn(const EncoderOptions& options, std::int64_t enc_dim);
    torch::Tensor forward(const TokenBatch& batch, Dropout& dropout, Path path) override;

  private:
    torch::Tensor forward_padded(const TokenBatch& batch, Dropout& dropout);
    // How many positions of a sequence are computed.
    std::int64_t positions(std::int64_t length, std::int64_t max_seq_len) const;

    std::int64_t width_;
    std::vector<torch::nn::Conv1d> convolutions_;
};

}  // namespace o2v::model
