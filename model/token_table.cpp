#include "model/token_table.hpp"

#include <algorithm>

#include "model/kernels/kernels.hpp"

namespace o2v::model {
namespace {

template <typename T>
torch::Tensor tensor_of(const std::vector<T>& values) {
    torch::Tensor tensor =
        torch::empty({static_cast<std::int64_t>(values.size())}, c10::CppTypeToScalarType<T>::value);
    std::copy(values.begin(), values.end(), tensor.template data_ptr<T>());
    return tensor;
}

// [B, length] int64, filled up with 0.
torch::Tensor padded(const torch::Tensor& tokens, const torch::Tensor& offsets, std::int64_t length) {
    const std::int64_t size = offsets.size(0) - 1;
    torch::Tensor result = torch::zeros({size, length}, torch::kInt64);
    const auto* const at = offsets.data_ptr<std::int64_t>();
    const auto* const from = tokens.data_ptr<std::int32_t>();
    auto* out = result.data_ptr<std::int64_t>();
    for (std::int64_t b = 0; b < size; ++b, out += length) std::copy(from + at[b], from + at[b + 1], out);
    return result;
}

// What gather_vectors reads; in one struct, as autograd takes every tensor argument for an input.
struct Gathered {
    torch::Tensor weight, tokens, slots;
};

class GatherFunction : public torch::autograd::Function<GatherFunction> {
  public:
    static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& leaf,
                                 const Gathered& from) {
        const at::AutoDispatchBelowADInplaceOrView no_autograd;
        if (from.slots.defined()) context->save_for_backward({from.slots});
        context->saved_data["rows"] = leaf.size(0);
        torch::Tensor out = torch::empty({from.tokens.size(0), from.weight.size(1)});
        kernels::kernels().gather(from.weight.data_ptr<float>(), from.weight.stride(0), from.weight.size(1),
                                  from.tokens.data_ptr<std::int32_t>(), from.tokens.size(0),
                                  out.data_ptr<float>());
        return out;
    }

    static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                   torch::autograd::variable_list out_grads) {
        const at::AutoDispatchBelowADInplaceOrView no_autograd;
        const torch::Tensor slots = context->get_saved_variables()[0];
        const torch::Tensor out_grad = out_grads[0].contiguous();
        torch::Tensor grad = torch::zeros({context->saved_data["rows"].toInt(), out_grad.size(1)});
        kernels::kernels().scatter_add(out_grad.data_ptr<float>(), out_grad.size(1),
                                       slots.data_ptr<std::int32_t>(), slots.size(0), grad.data_ptr<float>());
        return {grad, torch::Tensor()};
    }
};

}  // namespace

torch::Tensor gather_vectors(const TokenBatch& batch, const torch::Tensor& tokens, const torch::Tensor& slots) {
    return GatherFunction::apply(batch.leaf, Gathered{batch.weight, tokens, slots});
}

std::int64_t TokenBatch::longest() const {
    const auto* const at = offsets.data_ptr<std::int64_t>();
    std::int64_t most = 0;
    for (std::int64_t b = 0; b < size(); ++b) most = std::max(most, at[b + 1] - at[b]);
    return most;
}

PaddedVectors padded_vectors(const TokenBatch& batch, std::int64_t length) {
    const torch::Tensor tokens =
        padded(batch.trained() ? batch.slots : batch.ids, batch.offsets, length).to(batch.weight.device(), /*non_blocking=*/true);
    return {torch::embedding(batch.trained() ? batch.leaf : batch.weight, tokens, /*padding_idx=*/0), tokens.ne(0)};
}

TokenTable::TokenTable(std::int64_t vocab_size, std::int64_t dim)
    : weight(register_parameter("weight", torch::zeros({vocab_size, dim}), /*requires_grad=*/false)) {}

std::vector<TokenBatch> TokenTable::look_up(const std::vector<const data::Sequences*>& sides, bool values) {
    std::vector<TokenBatch> batches(sides.size());
    for (std::size_t s = 0; s < sides.size(); ++s) {
        batches[s].weight = weight;
        batches[s].offsets = tensor_of(sides[s]->offsets);
        batches[s].ids = tensor_of(sides[s]->tokens);
        batches[s].leaf = torch::empty({0, weight.size(1)});
    }
    if (!is_training() || frozen) return batches;

    slot_.resize(static_cast<std::size_t>(weight.size(0)), 0);
    touched_rows_.assign(1, 0);
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
    if (before_read) before_read(touched_rows_);

    if (values || weight.is_cuda()) {
        const torch::NoGradGuard no_grad;
        leaf_ = weight.index_select(0, tensor_of(touched_rows_).to(weight.device()));
    } else {
        leaf_ = torch::empty({static_cast<std::int64_t>(touched_rows_.size()), weight.size(1)});
    }
    leaf_.set_requires_grad(true);
    for (TokenBatch& batch : batches) batch.leaf = leaf_;
    return batches;
}

void TokenTable::forget_touched() {
    touched_rows_.clear();
    leaf_ = torch::Tensor();
}

}  // namespace o2v::model
