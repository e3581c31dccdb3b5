#include "model/token_table.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "model/kernels/kernels.hpp"
#include "model/memory.hpp"

namespace o2v::model {
namespace {

// [B, length] int64, filled up with 0.
torch::Tensor padded(const torch::Tensor& tokens, const torch::Tensor& offsets, std::int64_t length,
                     const torch::Device& device) {
    const std::int64_t size = offsets.size(0) - 1;
    torch::Tensor result = empty_for(device, {size, length}, torch::kInt64).zero_();
    const auto* const at = offsets.data_ptr<std::int64_t>();
    const auto* const from = tokens.data_ptr<std::int32_t>();
    auto* out = result.data_ptr<std::int64_t>();
    for (std::int64_t b = 0; b < size; ++b, out += length) std::copy(from + at[b], from + at[b + 1], out);
    return to_device(result, device);
}

}  // namespace

std::int64_t TokenBatch::longest() const {
    const auto* const at = offsets.data_ptr<std::int64_t>();
    std::int64_t most = 0;
    for (std::int64_t b = 0; b < size(); ++b) most = std::max(most, at[b + 1] - at[b]);
    return most;
}

torch::Tensor padded_vectors(const TokenBatch& batch, std::int64_t length) {
    const torch::Tensor slots = padded(batch.slots, batch.offsets, length, batch.leaf.device());
    return torch::embedding(batch.leaf, slots, /*padding_idx=*/0);
}

torch::Tensor mean_vectors(const TokenBatch& batch) {
    const torch::Device device = batch.leaf.device();
    const auto copied = [&](const torch::Tensor& tensor) {
        return to_device(empty_for(device, tensor.sizes(), torch::kInt64).copy_(tensor), device);
    };
    constexpr std::int64_t kMean = 1;  // as at::embedding_bag's modes are numbered
    return std::get<0>(at::embedding_bag(batch.leaf, copied(batch.slots), copied(batch.offsets),
                                         /*scale_grad_by_freq=*/false, kMean, /*sparse=*/false,
                                         /*per_sample_weights=*/{}, /*include_last_offset=*/true,
                                         /*padding_idx=*/0));
}

TokenTable::TokenTable(std::int64_t vocab_size, std::int64_t dim)
    : weight(register_parameter("weight", torch::zeros({vocab_size, dim}), /*requires_grad=*/false)) {}

torch::Tensor TokenTable::values_of(const std::vector<std::int64_t>& rows) const {
    const torch::NoGradGuard no_grad;
    if (!weight.is_cpu())
        return weight.index_select(0, to_device(tensor_of(rows, weight.device()), weight.device()));
    const auto n = static_cast<std::int64_t>(rows.size());
    torch::Tensor values = torch::empty({n, weight.size(1)});
    kernels::kernels().gather(weight.data_ptr<float>(), weight.stride(0), weight.size(1), rows.data(), n,
                              values.data_ptr<float>());
    return values;
}

torch::Tensor TokenTable::touched_values() {
    if (weight.is_cpu()) return values_of(touched_rows_);
    const torch::NoGradGuard no_grad;
    return weight.index_select(0, touched_on_device());
}

const torch::Tensor& TokenTable::touched_on_device() {
    if (!touched_on_device_.defined()) {
        const torch::Device device = weight.device();
        touched_on_device_ = to_device(tensor_of(touched_rows_, device), device);
    }
    return touched_on_device_;
}

std::vector<TokenBatch> TokenTable::look_up(const std::vector<const data::Sequences*>& sides, bool values) {
    std::vector<TokenBatch> batches(sides.size());
    for (std::size_t s = 0; s < sides.size(); ++s) {
        batches[s].weight = weight;
        batches[s].offsets = tensor_of(sides[s]->offsets, torch::kCPU);
        batches[s].ids = tensor_of(sides[s]->tokens, torch::kCPU);
        batches[s].leaf = torch::empty({0, weight.size(1)});
    }
    if (is_training() && !frozen) {
        touch(sides, batches);
        if (before_read) before_read(touched_rows_);
        leaf_ = values ? touched_values()
                       : torch::empty({static_cast<std::int64_t>(touched_rows_.size()), weight.size(1)});
        leaf_.set_requires_grad(true);
        for (TokenBatch& batch : batches) batch.leaf = leaf_;
    } else if (values) {
        for (std::size_t s = 0; s < sides.size(); ++s) {
            std::vector<std::int64_t> rows{0};
            batches[s].slots = torch::empty_like(batches[s].ids);
            auto* out = batches[s].slots.data_ptr<std::int32_t>();
            for (const std::int32_t id : sides[s]->tokens) {
                if (id != 0) rows.push_back(id);
                *out++ = id == 0 ? 0 : static_cast<std::int32_t>(rows.size()) - 1;
            }
            batches[s].leaf = values_of(rows);
        }
    }
    return batches;
}

// Fills touched_rows_ and the batches' slots.
void TokenTable::touch(const std::vector<const data::Sequences*>& sides, std::vector<TokenBatch>& batches) {
    slot_.resize(static_cast<std::size_t>(weight.size(0)), 0);
    touched_rows_.assign(1, 0);
    touched_on_device_ = torch::Tensor();
    slot_[0] = 1;
    for (std::size_t s = 0; s < sides.size(); ++s) {
        batches[s].slots = torch::empty_like(batches[s].ids);
        auto* out = batches[s].slots.data_ptr<std::int32_t>();
        for (const std::int32_t id : sides[s]->tokens) {
            std::int32_t& slot = slot_[static_cast<std::size_t>(id)];
            if (slot == 0) {
                touched_rows_.push_back(id);
                slot = static_cast<std::int32_t>(touched_rows_.size());
            }
            *out++ = slot - 1;
        }
    }
    for (const std::int64_t row : touched_rows_) slot_[static_cast<std::size_t>(row)] = 0;
}

void TokenTable::replace_touched(std::vector<std::int64_t> rows, const torch::Tensor& gradient) {
    touched_rows_ = std::move(rows);
    touched_on_device_ = torch::Tensor();
    leaf_ = torch::empty_like(gradient);
    leaf_.mutable_grad() = gradient;
}

void TokenTable::forget_touched() {
    touched_rows_.clear();
    touched_on_device_ = torch::Tensor();
    leaf_ = torch::Tensor();
}

}  // namespace o2v::model
