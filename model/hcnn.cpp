#include "model/hcnn.hpp"

#include <algorithm>
#include <string>

#include "model/kernels/kernels.hpp"
#include "model/product.hpp"

namespace o2v::model {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// A batch's sequences one below the other, P rows in all: sequence b's positions are rows first[b] ..
// first[b] + count[b], and between any two (and at both ends) lie so many rows of zeros that no filter
// reaches from one sequence into the next.
struct Rows {
    std::vector<std::int64_t> first, count;
    std::int64_t total = 0;
};

// How many zeros a filter of this width needs before a sequence. Behind it: width / 2.
std::int64_t zeros_before(std::int64_t width) {
    return (width - 1) / 2;
}

// The filters' weights at one position, [F, C]. A weight [F, C, width] lies in memory as [F, width, C]: each
// tap is a matrix for products, and a filter's taps lie as the rows that it is laid upon.
torch::Tensor tap(const torch::Tensor& weight, std::int64_t j) {
    return weight.select(2, j);
}

struct Maxima {
    torch::Tensor values, positions;  // [B, F] float32, int32
};

// Bias, ReLU and maxima of every sequence of y [P, F], in place; zeros between the sequences.
Maxima finish(torch::Tensor& y, const torch::Tensor& bias, const Rows& rows) {
    const std::int64_t filters = y.size(1);
    const auto batch = static_cast<std::int64_t>(rows.first.size());
    const Maxima maxima{torch::empty({batch, filters}), torch::empty({batch, filters}, torch::kInt32)};
    auto* const out = y.data_ptr<float>();
    std::int64_t done = 0;  // rows
    for (std::int64_t b = 0; b < batch; ++b) {
        const std::int64_t first = rows.first[static_cast<std::size_t>(b)];
        const std::int64_t count = rows.count[static_cast<std::size_t>(b)];
        std::fill(out + done * filters, out + first * filters, 0.0f);
        kernels::kernels().relu_max(out + first * filters, bias.data_ptr<float>(), count, filters,
                                    maxima.values.data_ptr<float>() + b * filters,
                                    maxima.positions.data_ptr<std::int32_t>() + b * filters);
        done = first + count;
    }
    std::fill(out + done * filters, out + y.size(0) * filters, 0.0f);
    return maxima;
}

// The gradient at y before bias and ReLU, [P, F], from those of y and of the maxima, either of which may be
// undefined; and the bias's.
torch::Tensor unfinish(const torch::Tensor& y, const std::vector<std::int64_t>& first, const Maxima& maxima,
                       const torch::Tensor& y_grad, const torch::Tensor& maxima_grad,
                       torch::Tensor& bias_grad) {
    const std::int64_t filters = y.size(1);
    torch::Tensor grad = y_grad.defined() ? y_grad.clone(at::MemoryFormat::Contiguous) : torch::zeros_like(y);
    auto* const g = grad.data_ptr<float>();
    if (maxima_grad.defined()) {
        const torch::Tensor dense = maxima_grad.contiguous();
        const auto* from = dense.data_ptr<float>();
        const auto* at = maxima.positions.data_ptr<std::int32_t>();
        for (const std::int64_t row : first) {
            for (std::int64_t f = 0; f < filters; ++f) g[(row + *at++) * filters + f] += *from++;
        }
    }
    // Between sequences y is zero, and so becomes the gradient.
    bias_grad = torch::empty({filters});
    kernels::kernels().bias_activate_backward(Activation::relu, g, y.data_ptr<float>(), y.size(0), filters,
                                              bias_grad.data_ptr<float>());
    return grad;
}

// The first layer. A token's product with a tap of the filters is the same wherever it stands: one product
// with all distinct tokens, [U, E] x [E, width * F], then sums of its rows.
class TokenConvolution : public torch::autograd::Function<TokenConvolution> {
  public:
    // vectors: [U, E]; weight: [F, E, width] -> {[P, F] after bias and ReLU, zeros between sequences; [B, F]
    // maxima}.
    static variable_list forward(AutogradContext* context, const torch::Tensor& vectors,
                                 const torch::Tensor& weight, const torch::Tensor& bias,
                                 const TokenBatch& batch, const Rows& rows) {
        const at::AutoDispatchBelowADInplaceOrView no_autograd;
        const std::int64_t filters = weight.size(0), width = weight.size(2);
        const torch::Tensor products = torch::empty({vectors.size(0), width * filters});
        for (std::int64_t j = 0; j < width; ++j) {
            multiply(products.narrow(1, j * filters, filters), vectors, tap(weight, j).t());
        }
        torch::Tensor y = torch::empty({rows.total, filters});
        for_each_sequence(
            batch.offsets, rows.first, rows.count,
            [&](std::int64_t token, std::int64_t length, std::int64_t first, std::int64_t count) {
                kernels::kernels().sum_taps(
                    products.data_ptr<float>(), batch.slots.data_ptr<std::int32_t>() + token, length, width,
                    zeros_before(width), filters, count, y.data_ptr<float>() + first * filters);
            });
        const Maxima maxima = finish(y, bias, rows);
        context->set_materialize_grads(false);
        context->saved_data["first"] = rows.first;
        context->saved_data["count"] = rows.count;
        context->save_for_backward(
            {vectors, weight, y, maxima.values, maxima.positions, batch.slots, batch.offsets});
        return {y, maxima.values};
    }

    static variable_list backward(AutogradContext* context, variable_list out_grads) {
        const at::AutoDispatchBelowADInplaceOrView no_autograd;
        const variable_list saved = context->get_saved_variables();
        const torch::Tensor &vectors = saved[0], &weight = saved[1], &y = saved[2], &slots = saved[5];
        const std::int64_t filters = y.size(1), width = weight.size(2);
        const std::vector<std::int64_t> first = context->saved_data["first"].toIntVector();
        torch::Tensor bias_grad;
        const torch::Tensor grad =
            unfinish(y, first, {saved[3], saved[4]}, out_grads[0], out_grads[1], bias_grad);
        torch::Tensor products_grad = torch::zeros({vectors.size(0), width * filters});
        for_each_sequence(saved[6], first, context->saved_data["count"].toIntVector(),
                          [&](std::int64_t token, std::int64_t length, std::int64_t row, std::int64_t count) {
                              kernels::kernels().sum_taps_backward(
                                  grad.data_ptr<float>() + row * filters,
                                  slots.data_ptr<std::int32_t>() + token, length, width, zeros_before(width),
                                  filters, count, products_grad.data_ptr<float>());
                          });
        const torch::Tensor weight_grad = torch::empty_like(weight);
        torch::Tensor vectors_grad;
        if (context->needs_input_grad(0)) vectors_grad = torch::empty_like(vectors);
        for (std::int64_t j = 0; j < width; ++j) {
            const torch::Tensor tap_products_grad = products_grad.narrow(1, j * filters, filters);
            multiply(tap(weight_grad, j), tap_products_grad.t(), vectors);
            if (vectors_grad.defined())
                multiply(vectors_grad, tap_products_grad, tap(weight, j), /*accumulate=*/j > 0);
        }
        return {vectors_grad, weight_grad, bias_grad, torch::Tensor(), torch::Tensor()};
    }

  private:
    // visit(first token, tokens, first row, rows)
    template <typename Visit>
    static void for_each_sequence(const torch::Tensor& offsets, const std::vector<std::int64_t>& first,
                                  const std::vector<std::int64_t>& count, const Visit& visit) {
        const auto* const token = offsets.data_ptr<std::int64_t>();
        for (std::size_t b = 0; b < first.size(); ++b)
            visit(token[b], token[b + 1] - token[b], first[b], count[b]);
    }
};

// A further layer, as products of shifted rows: out[p] = sum over j of in[p - before + j] weight[:, :, j]^T;
// one product with a [C, F] matrix for each tap, without a copy of the input.
class Convolution : public torch::autograd::Function<Convolution> {
  public:
    // x: [P, C], zeros between sequences; weight: [F, C, width] -> {[P, F] after bias and ReLU, zeros between
    // sequences; [B, F] maxima}.
    static variable_list forward(AutogradContext* context, const torch::Tensor& x,
                                 const torch::Tensor& weight, const torch::Tensor& bias, const Rows& rows) {
        const at::AutoDispatchBelowADInplaceOrView no_autograd;
        const std::int64_t filters = weight.size(0), width = weight.size(2), n = x.size(0) - (width - 1);
        torch::Tensor y = torch::empty({x.size(0), filters});
        const torch::Tensor inner = y.narrow(0, zeros_before(width), n);
        for (std::int64_t j = 0; j < width; ++j)
            multiply(inner, x.narrow(0, j, n), tap(weight, j).t(), /*accumulate=*/j > 0);
        const Maxima maxima = finish(y, bias, rows);
        context->set_materialize_grads(false);
        context->saved_data["first"] = rows.first;
        context->save_for_backward({x, weight, y, maxima.values, maxima.positions});
        return {y, maxima.values};
    }

    static variable_list backward(AutogradContext* context, variable_list out_grads) {
        const at::AutoDispatchBelowADInplaceOrView no_autograd;
        const variable_list saved = context->get_saved_variables();
        const torch::Tensor &x = saved[0], &weight = saved[1], &y = saved[2];
        const Maxima maxima{saved[3], saved[4]};
        const std::vector<std::int64_t> first = context->saved_data["first"].toIntVector();
        if (!out_grads[0].defined() && out_grads[1].defined()) {
            return backward_of_maxima(x, weight, maxima, first, out_grads[1].contiguous());
        }
        const std::int64_t width = weight.size(2), n = x.size(0) - (width - 1);
        torch::Tensor bias_grad;
        const torch::Tensor grad = unfinish(y, first, maxima, out_grads[0], out_grads[1], bias_grad);
        const torch::Tensor inner = grad.narrow(0, zeros_before(width), n);
        const torch::Tensor weight_grad = torch::empty_like(weight);
        torch::Tensor x_grad = torch::zeros_like(x);
        for (std::int64_t j = 0; j < width; ++j) {
            multiply(tap(weight_grad, j), inner.t(), x.narrow(0, j, n));
            multiply(x_grad.narrow(0, j, n), inner, tap(weight, j), /*accumulate=*/true);
        }
        return {x_grad, weight_grad, bias_grad, torch::Tensor()};
    }

  private:
    // Of the last layer the maxima alone are used: one position of a sequence for each filter has a gradient.
    static variable_list backward_of_maxima(const torch::Tensor& x, const torch::Tensor& weight,
                                            const Maxima& maxima, const std::vector<std::int64_t>& first,
                                            const torch::Tensor& maxima_grad) {
        const std::int64_t filters = weight.size(0), channels = weight.size(1), width = weight.size(2);
        torch::Tensor weight_grad = torch::zeros_like(weight), x_grad = torch::zeros_like(x),
                      bias_grad = torch::zeros({filters});
        // Some filters at a time, whose weights and gradients stay in the cache over all sequences.
        constexpr std::int64_t kFilters = 64;
        for (std::int64_t f = 0; f < filters; f += kFilters) {
            const std::int64_t some = std::min(kFilters, filters - f), weights = f * width * channels;
            for (std::size_t b = 0; b < first.size(); ++b) {
                const auto at = static_cast<std::int64_t>(b) * filters + f;
                const std::int64_t window = (first[b] - zeros_before(width)) * channels;
                kernels::kernels().max_convolution_backward(
                    maxima.values.data_ptr<float>() + at, maxima_grad.data_ptr<float>() + at,
                    maxima.positions.data_ptr<std::int32_t>() + at, x.data_ptr<float>() + window,
                    weight.data_ptr<float>() + weights, some, channels, width,
                    x_grad.data_ptr<float>() + window, weight_grad.data_ptr<float>() + weights,
                    bias_grad.data_ptr<float>() + f);
            }
        }
        return {x_grad, weight_grad, bias_grad, torch::Tensor()};
    }
};

}  // namespace

Hcnn::Hcnn(const EncoderOptions& options, std::int64_t enc_dim) : width_(options.cnn_filter_width) {
    std::int64_t channels = options.token_embedding_dim;
    for (std::int64_t l = 0; l < options.layers; ++l) {
        const std::int64_t filters = enc_dim / options.layers + (l < enc_dim % options.layers ? 1 : 0);
        const torch::nn::Conv1d convolution(torch::nn::Conv1dOptions(channels, filters, width_));
        const torch::NoGradGuard no_grad;
        convolution->weight.set_data(convolution->weight.permute({0, 2, 1}).contiguous().permute({0, 2, 1}));
        convolutions_.push_back(register_module("conv_" + std::to_string(l), convolution));
        channels = filters;
    }
}

std::int64_t Hcnn::positions(std::int64_t length, std::int64_t max_seq_len) const {
    const auto reach = static_cast<std::int64_t>(convolutions_.size()) * (width_ - 1);
    return std::min(std::max<std::int64_t>({max_seq_len, length, 1}), length + reach + 1);
}

torch::Tensor Hcnn::forward_padded(const TokenBatch& batch, Dropout& dropout) {
    const torch::Tensor vectors = padded_vectors(batch, positions(batch.longest(), batch.max_seq_len));
    torch::Tensor x = vectors.transpose(1, 2);  // [B, E, T]
    std::vector<torch::Tensor> maxima;
    for (auto& convolution : convolutions_) {
        if (!maxima.empty()) x = dropout.apply(x, is_training());
        x = torch::relu(convolution->forward(torch::constant_pad_nd(x, {zeros_before(width_), width_ / 2})));
        maxima.push_back(std::get<0>(x.max(2)));
    }
    return torch::cat(maxima, 1);
}

torch::Tensor Hcnn::forward(const TokenBatch& batch, Dropout& dropout, Path path) {
    if (path == Path::plain) return forward_padded(batch, dropout);
    const auto* const offsets = batch.offsets.data_ptr<std::int64_t>();
    Rows rows;
    rows.total = zeros_before(width_);
    for (std::int64_t b = 0; b < batch.size(); ++b) {
        rows.first.push_back(rows.total);
        rows.count.push_back(positions(offsets[b + 1] - offsets[b], batch.max_seq_len));
        rows.total += rows.count.back() + width_ / 2;
    }
    std::vector<torch::Tensor> maxima;
    torch::Tensor x;
    for (auto& layer : convolutions_) {
        const variable_list outputs =
            maxima.empty()
                ? TokenConvolution::apply(batch.leaf, layer->weight, layer->bias, batch, rows)
                : Convolution::apply(dropout.apply(x, is_training()), layer->weight, layer->bias, rows);
        x = outputs[0];
        maxima.push_back(outputs[1]);
    }
    return torch::cat(maxima, 1);
}

}  // namespace o2v::model
