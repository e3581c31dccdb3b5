#include "model/token_table.hpp"

#include <algorithm>

#include "model/kernels.hpp"

namespace o2v::model {
namespace {

torch::Tensor copy_offsets(const data::Sequences& sequences) {
    torch::Tensor offsets =
        torch::empty({static_cast<std::int64_t>(sequences.offsets.size())}, torch::kInt64);
    std::copy(sequences.offsets.begin(), sequences.offsets.end(), offsets.data_ptr<std::int64_t>());
    return offsets;
}

torch::Tensor empty_tokens(const data::Sequences& sequences) {
    return torch::empty({static_cast<std::int64_t>(sequences.tokens.size())}, torch::kInt32);
}

}  // namespace

std::int64_t TokenBatch::longest() const {
    const auto* const at = offsets.data_ptr<std::int64_t>();
    std::int64_t most = 0;
    for (std::int64_t b = 0; b < size(); ++b) most = std::max(most, at[b + 1] - at[b]);
    return most;
}

torch::Tensor padded_tokens(const TokenBatch& batch, std::int64_t length) {
    torch::Tensor padded = torch::zeros({batch.size(), length}, torch::kInt64);
    const auto* const offsets = batch.offsets.data_ptr<std::int64_t>();
    const auto* const tokens = batch.tokens.data_ptr<std::int32_t>();
    auto* out = padded.data_ptr<std::int64_t>();
    for (std::int64_t b = 0; b < batch.size(); ++b, out += length) {
        std::copy(tokens + offsets[b], tokens + offsets[b + 1], out);
    }
    return padded.to(batch.vectors.device());
}

TokenTable::TokenTable(std::int64_t vocab_size, std::int64_t dim)
    : weight(register_parameter("weight", torch::zeros({vocab_size, dim}), /*requires_grad=*/false)) {}

std::vector<TokenBatch> TokenTable::look_up(const std::vector<const data::Sequences*>& sides) {
    std::vector<TokenBatch> batches(sides.size());
    for (std::size_t s = 0; s < sides.size(); ++s) {
        batches[s].offsets = copy_offsets(*sides[s]);
        batches[s].tokens = empty_tokens(*sides[s]);
    }
    if (!is_training() || frozen) {
        for (std::size_t s = 0; s < sides.size(); ++s) {
            std::copy(sides[s]->tokens.begin(), sides[s]->tokens.end(),
                      batches[s].tokens.data_ptr<std::int32_t>());
            batches[s].vectors = weight;
        }
        return batches;
    }

    slot_.resize(static_cast<std::size_t>(weight.size(0)), 0);
    std::vector<std::int64_t> rows{0};
    slot_[0] = 1;
    for (std::size_t s = 0; s < sides.size(); ++s) {
        auto* out = batches[s].tokens.data_ptr<std::int32_t>();
        for (const std::int32_t id : sides[s]->tokens) {
            std::int32_t& slot = slot_[static_cast<std::size_t>(id)];
            if (slot == 0) {
                rows.push_back(id);
                slot = static_cast<std::int32_t>(rows.size());
            }
            *out++ = slot - 1;
        }
    }
    for (const std::int64_t row : rows) slot_[static_cast<std::size_t>(row)] = 0;

    const auto n = static_cast<std::int64_t>(rows.size());
    touched_rows_ = torch::empty({n}, torch::kInt64);
    std::copy(rows.begin(), rows.end(), touched_rows_.data_ptr<std::int64_t>());
    {
        const torch::NoGradGuard no_grad;
        if (weight.is_cuda()) {
            leaf_ = weight.index_select(0, touched_rows_.to(weight.device()));
        } else {
            leaf_ = torch::empty({n, weight.size(1)});
            kernels::gather_rows(weight.data_ptr<float>(), weight.size(1), rows.data(), n,
                                 leaf_.data_ptr<float>());
        }
    }
    leaf_.set_requires_grad(true);
    for (TokenBatch& batch : batches) batch.vectors = leaf_;
    return batches;
}

void TokenTable::forget_touched() {
    touched_rows_ = torch::Tensor();
    leaf_ = torch::Tensor();
}

}  // namespace o2v::model
