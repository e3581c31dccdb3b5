// The token embeddings: a table of vectors, and the part of it that a batch touches.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <vector>

#include "model/data/dataset.hpp"

namespace o2v::model {

// One side of a batch as an encoder sees it: B sequences without padding. Sequence b's tokens are
// tokens[offsets[b] .. offsets[b+1]), each the number of a row of `vectors`. Row 0 is the padding's and zero.
struct TokenBatch {
    torch::Tensor vectors;  // [U, E] float32, on the model's device
    torch::Tensor tokens;   // [N] int32, on the CPU
    torch::Tensor offsets;  // [B + 1] int64, on the CPU
    std::int64_t max_seq_len = 0;

    std::int64_t size() const { return offsets.size(0) - 1; }
    std::int64_t longest() const;
};

// [B, length] int64 on the device of `vectors`, filled up with 0. REQUIRES: length >= batch.longest().
torch::Tensor padded_tokens(const TokenBatch& batch, std::int64_t length);

// `weight` [V, E], without an autograd gradient of its own: while training, a batch's distinct tokens are
// gathered into a small leaf tensor, so that a gradient is never larger than what the batch touched, whatever
// the storage type; how the untouched rows are treated is the optimizer's matter. Row 0 is the padding (the
// mask of spec 4.1) and stays zero.
class TokenTable : public torch::nn::Module {
  public:
    TokenTable(std::int64_t vocab_size, std::int64_t dim);

    // Looks the sides up together (two when the table is shared). In training mode, unless frozen, remembers
    // what was touched for the optimizer; otherwise it changes nothing and may be called from several
    // threads. REQUIRES: all ids are in [0, V).
    std::vector<TokenBatch> look_up(const std::vector<const data::Sequences*>& sides);

    torch::Tensor weight;
    bool frozen = false;  // never trained

    // Of the last look_up in training mode: its distinct rows ([U] int64, CPU, the first is 0) and, after
    // backward, their gradient ([U, E]; undefined when nothing depended on them).
    const torch::Tensor& touched_rows() const { return touched_rows_; }
    torch::Tensor touched_gradient() const { return leaf_.defined() ? leaf_.grad() : torch::Tensor(); }
    void forget_touched();

  private:
    std::vector<std::int32_t> slot_;  // id -> row of the leaf + 1; 0 = not touched by this batch
    torch::Tensor touched_rows_, leaf_;
};

}  // namespace o2v::model
