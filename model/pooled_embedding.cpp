#include "model/pooled_embedding.hpp"

#include <algorithm>

#include "model/kernels.hpp"

namespace o2v::model {
namespace {

// kernels::pool_mean and its gradient, on the CPU.
class PoolMean : public torch::autograd::Function<PoolMean> {
  public:
    static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& vectors,
                                 const torch::Tensor& tokens, const torch::Tensor& offsets) {
        context->save_for_backward({tokens, offsets});
        context->saved_data["rows"] = vectors.size(0);
        const std::int64_t dim = vectors.size(1), batch = offsets.size(0) - 1;
        torch::Tensor out = torch::empty({batch, dim}, vectors.options().requires_grad(false));
        kernels::pool_mean(vectors.data_ptr<float>(), dim, tokens.data_ptr<std::int32_t>(),
                           offsets.data_ptr<std::int64_t>(), batch, out.data_ptr<float>());
        return out;
    }

    static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                   torch::autograd::variable_list out_grads) {
        const auto saved = context->get_saved_variables();
        const torch::Tensor out_grad = out_grads[0].contiguous();
        const std::int64_t rows = context->saved_data["rows"].toInt(), dim = out_grad.size(1);
        torch::Tensor grad = torch::zeros({rows, dim}, out_grad.options());
        kernels::pool_mean_backward(out_grad.data_ptr<float>(), dim, saved[0].data_ptr<std::int32_t>(),
                                    saved[1].data_ptr<std::int64_t>(), out_grad.size(0),
                                    grad.data_ptr<float>());
        return {grad, torch::Tensor(), torch::Tensor()};
    }
};

torch::Tensor pool_mean_padded(const TokenBatch& batch) {
    const torch::Tensor tokens = padded_tokens(batch, std::max<std::int64_t>(batch.longest(), 1));
    const torch::Tensor sum = torch::embedding(batch.vectors, tokens, /*padding_idx=*/0).sum(1);
    return sum / tokens.ne(0).sum(1, /*keepdim=*/true).clamp_min(1);
}

}  // namespace

torch::Tensor PooledEmbedding::forward(const TokenBatch& batch, Dropout& dropout) {
    const torch::Tensor mean = batch.vectors.is_cuda()
                                   ? pool_mean_padded(batch)
                                   : PoolMean::apply(batch.vectors, batch.tokens, batch.offsets);
    return dropout.apply(mean, is_training());
}

}  // namespace o2v::model
