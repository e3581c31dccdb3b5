#include "model/bilstm.hpp"

#include <algorithm>
#include <limits>
#include <string>

namespace o2v::model {
namespace {

namespace rnn = torch::nn::utils::rnn;

// The same sequences without their padding tokens.
TokenBatch without_padding(const TokenBatch& batch) {
    TokenBatch result = batch;
    result.tokens = torch::empty_like(batch.tokens);
    result.offsets = torch::zeros_like(batch.offsets);
    const auto* const tokens = batch.tokens.data_ptr<std::int32_t>();
    const auto* const offsets = batch.offsets.data_ptr<std::int64_t>();
    auto* const kept = result.tokens.data_ptr<std::int32_t>();
    auto* const ends = result.offsets.data_ptr<std::int64_t>();
    for (std::int64_t b = 0; b < batch.size(); ++b) {
        std::int64_t end = ends[b];
        for (std::int64_t k = offsets[b]; k < offsets[b + 1]; ++k) {
            if (tokens[k] != 0) kept[end++] = tokens[k];
        }
        ends[b + 1] = end;
    }
    return result;
}

}  // namespace

Bilstm::Bilstm(const EncoderOptions& options, std::int64_t enc_dim) : enc_dim_(enc_dim) {
    const std::int64_t hidden = (enc_dim + 1) / 2;
    std::int64_t inputs = options.token_embedding_dim;
    for (std::int64_t l = 0; l < options.layers; ++l) {
        const auto one_layer = torch::nn::LSTMOptions(inputs, hidden).batch_first(true).bidirectional(true);
        layers_.push_back(register_module("lstm_" + std::to_string(l), torch::nn::LSTM(one_layer)));
        inputs = 2 * hidden;
    }
}

torch::Tensor Bilstm::forward(const TokenBatch& batch, Dropout& dropout) {
    const TokenBatch dense = without_padding(batch);
    const torch::Tensor tokens = padded_tokens(dense, std::max<std::int64_t>(dense.longest(), 1));
    const torch::Tensor lengths = dense.offsets.slice(0, 1) - dense.offsets.slice(0, 0, -1);   // [B]
    const torch::Tensor vectors = torch::embedding(batch.vectors, tokens, /*padding_idx=*/0);  // [B, T, E]
    // A sequence without tokens runs as one of one padding vector, and is masked below.
    auto packed = rnn::pack_padded_sequence(vectors, lengths.clamp_min(1), /*batch_first=*/true,
                                            /*enforce_sorted=*/false);
    for (std::size_t l = 0; l < layers_.size(); ++l) {
        if (l > 0) {
            packed = rnn::PackedSequence(dropout.apply(packed.data(), is_training()), packed.batch_sizes(),
                                         packed.sorted_indices(), packed.unsorted_indices());
        }
        packed = std::get<0>(layers_[l]->forward_with_packed_input(packed));
    }
    constexpr float kLowest = -std::numeric_limits<float>::infinity();
    const torch::Tensor outputs =
        std::get<0>(rnn::pad_packed_sequence(packed, /*batch_first=*/true, kLowest));
    const torch::Tensor maxima = std::get<0>(outputs.max(1)).narrow(1, 0, enc_dim_);
    return maxima * lengths.gt(0).unsqueeze(1).to(maxima.device(), maxima.scalar_type());
}

}  // namespace o2v::model
