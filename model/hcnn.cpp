#include "model/hcnn.hpp"

#include <algorithm>
#include <string>

namespace o2v::model {

Hcnn::Hcnn(const EncoderOptions& options, std::int64_t enc_dim) : width_(options.cnn_filter_width) {
    std::int64_t channels = options.token_embedding_dim;
    for (std::int64_t l = 0; l < options.layers; ++l) {
        const std::int64_t filters = enc_dim / options.layers + (l < enc_dim % options.layers ? 1 : 0);
        const torch::nn::Conv1d convolution(torch::nn::Conv1dOptions(channels, filters, width_));
        convolutions_.push_back(register_module("conv_" + std::to_string(l), convolution));
        channels = filters;
    }
}

std::int64_t Hcnn::padded_length(const TokenBatch& batch) const {
    const std::int64_t longest = std::max<std::int64_t>(batch.longest(), 1);
    const auto reach = static_cast<std::int64_t>(convolutions_.size()) * (width_ - 1);
    return std::min(std::max(batch.max_seq_len, longest), longest + reach + 1);
}

torch::Tensor Hcnn::forward(const TokenBatch& batch, Dropout& dropout) {
    const torch::Tensor tokens = padded_tokens(batch, padded_length(batch));
    torch::Tensor x =
        torch::embedding(batch.vectors, tokens, /*padding_idx=*/0).transpose(1, 2);  // [B, E, T]
    std::vector<torch::Tensor> maxima;
    for (auto& convolution : convolutions_) {
        if (!maxima.empty()) x = dropout.apply(x, is_training());
        x = torch::relu(convolution->forward(torch::constant_pad_nd(x, {(width_ - 1) / 2, width_ / 2})));
        maxima.push_back(std::get<0>(x.max(2)));
    }
    return torch::cat(maxima, 1);
}

}  // namespace o2v::model
