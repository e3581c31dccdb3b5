// The token embeddings: a table of vectors, and the part of it that a batch touches.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <functional>
#include <vector>

#include "model/data/dataset.hpp"

namespace o2v::model {

// One side of a batch as an encoder sees it: B sequences without padding. Sequence b's tokens are
// ids[offsets[b] .. offsets[b+1]), each a row of `weight`; id 0 is padding, its row zero.
struct TokenBatch {
    torch::Tensor weight;   // [V, E] float32 on the model's device; its rows need not lie close together
    torch::Tensor ids;      // [N] int32, on the CPU
    torch::Tensor offsets;  // [B + 1] int64, on the CPU
    // Rows that the batch touches, the first one the padding's: while the table is trained the distinct ones,
    // as a leaf of the autograd graph that takes their gradient. It holds values only where look_up was asked
    // for them; with neither, it has no rows.
    torch::Tensor leaf;  // [U, E]
    torch::Tensor
        slots;  // [N] int32, on the CPU: the leaf's row of each token, 0 for padding; undefined without rows
    std::int64_t max_seq_len = 0;

    bool trained() const { return leaf.requires_grad(); }
    std::int64_t size() const { return offsets.size(0) - 1; }
    std::int64_t dim() const { return weight.size(1); }
    std::int64_t longest() const;
};

// [B, length, E] vectors on the model's device, differentiable, filled up with zeros. REQUIRES: length >=
// batch.longest(); the leaf holds values.
torch::Tensor padded_vectors(const TokenBatch& batch, std::int64_t length);

// [B, E] on the model's device, differentiable: the mean vector of each sequence's tokens other than padding,
// zeros where there is none. REQUIRES: the leaf holds values.
torch::Tensor mean_vectors(const TokenBatch& batch);

// `weight` [V, E], without an autograd gradient of its own: while training, a batch's distinct tokens make a
// small leaf tensor, so that a gradient is never larger than what the batch touched, whatever the storage
// type; how the untouched rows are treated is the optimizer's matter. Row 0 is the padding (the mask of
// spec 4.1) and stays zero.
class TokenTable : public torch::nn::Module {
  public:
    TokenTable(std::int64_t vocab_size, std::int64_t dim);

    // Looks the sides up together (two when the table is shared). In training mode, unless frozen, remembers
    // what was touched for the optimizer; otherwise it changes nothing and may be called from several
    // threads. `values`: the leaf is to hold values. REQUIRES: all ids are in [0, V).
    std::vector<TokenBatch> look_up(const std::vector<const data::Sequences*>& sides, bool values);

    torch::Tensor weight;
    bool frozen = false;  // never trained
    // Called in training mode with the distinct rows that are about to be read: an optimizer that is behind
    // with them brings them up to date.
    std::function<void(const std::vector<std::int64_t>& rows)> before_read;

    // Of the last look_up in training mode: its distinct rows (the first is 0) and, after backward, their
    // gradient ([U, E]; undefined when nothing depended on them).
    const std::vector<std::int64_t>& touched_rows() const { return touched_rows_; }
    // [U] int64, the same on the model's device.
    const torch::Tensor& touched_on_device();
    torch::Tensor touched_gradient() const { return leaf_.defined() ? leaf_.grad() : torch::Tensor(); }
    // Other rows and their gradient in their place, until the optimizer's step.
    void replace_touched(std::vector<std::int64_t> rows, const torch::Tensor& gradient);
    void forget_touched();

  private:
    void touch(const std::vector<const data::Sequences*>& sides, std::vector<TokenBatch>& batches);
    torch::Tensor values_of(const std::vector<std::int64_t>& rows) const;
    torch::Tensor touched_values();

    std::vector<std::int32_t> slot_;  // id -> row of the leaf + 1; 0 = not touched by this batch
    std::vector<std::int64_t> touched_rows_;
    torch::Tensor touched_on_device_;  // undefined: not copied yet
    torch::Tensor leaf_;
};

}  // namespace o2v::model
