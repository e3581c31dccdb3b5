#include "model/pooled_embedding.hpp"

#include "model/kernels/kernels.hpp"

namespace o2v::model {
namespace {

class PoolMean : public torch::autograd::Function<PoolMean> {
  public:
    static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& leaf,
                                 const TokenBatch& batch) {
        const at::AutoDispatchBelowADInplaceOrView no_autograd;
        if (batch.trained()) context->save_for_backward({batch.slots, batch.offsets});
        context->saved_data["rows"] = leaf.size(0);
        torch::Tensor out = torch::empty({batch.size(), batch.dim()});
        kernels::kernels().pool_mean(batch.weight.data_ptr<float>(), batch.weight.stride(0), batch.dim(),
                                     batch.ids.data_ptr<std::int32_t>(),
                                     batch.offsets.data_ptr<std::int64_t>(), batch.size(),
                                     out.data_ptr<float>());
        return out;
    }

    static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                   torch::autograd::variable_list out_grads) {
        const at::AutoDispatchBelowADInplaceOrView no_autograd;
        const auto saved = context->get_saved_variables();
        const torch::Tensor out_grad = out_grads[0].contiguous();
        const std::int64_t rows = context->saved_data["rows"].toInt(), dim = out_grad.size(1);
        torch::Tensor grad = torch::zeros({rows, dim});
        kernels::kernels().pool_mean_backward(
            out_grad.data_ptr<float>(), dim, saved[0].data_ptr<std::int32_t>(),
            saved[1].data_ptr<std::int64_t>(), out_grad.size(0), grad.data_ptr<float>());
        return {grad, torch::Tensor()};
    }
};

}  // namespace

PooledEmbedding::PooledEmbedding(const EncoderOptions& options, std::int64_t enc_dim) {
    if (options.token_embedding_dim == enc_dim) return;
    projection_ = register_module("projection", make_linear(options.token_embedding_dim, enc_dim));
}

torch::Tensor PooledEmbedding::forward(const TokenBatch& batch, Dropout& dropout, Path path) {
    const torch::Tensor mean = path == Path::plain ? mean_vectors(batch) : PoolMean::apply(batch.leaf, batch);
    if (projection_.is_empty()) return dropout.apply(mean, is_training());
    return dropout.apply(linear(mean, projection_->weight, projection_->bias, Activation::linear, path),
                         is_training());
}

}  // namespace o2v::model
