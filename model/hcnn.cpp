#include "model/hcnn.hpp"

#include <algorithm>
#include <string>

#include "model/kernels/kernels.hpp"

namespace o2v::model {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// A batch's sequences one below the other, P rows in all: sequence b's positions are rows first[b] .. first[b] +
// count[b], and between any two (and at both ends) lie so many rows of zeros that no filter reaches from one
// sequence into the next.
struct Rows {
    std::vector<std::int64_t> first, count;
    torch::Tensor tokens;  // [P] int32: the table's row of each, -1 for none
    torch::Tensor slots;   // [P] int32: the leaf's row, -1 for none and for padding; undefined when not trained
};

// How many zeros a filter of this width needs before a sequence. Behind it: width / 2.
std::int64_t zeros_before(std::int64_t width) {
    return (width - 1) / 2;
}

// A convolution as products of shifted rows: out[p] = sum over j of in[p - before + j] weight[:, :, j]^T; one product
// with a [C, F] matrix for each of the filter's taps, without a copy of the input.
class ConvolutionFunction : public torch::autograd::Function<ConvolutionFunction> {
  public:
    // x: [P, C], zeros between sequences; weight: [F, C, width] -> {[P, F] after bias and ReLU, zeros between
    // sequences; [B, F] maxima}.
    static variable_list forward(AutogradContext* context, const torch::Tensor& x, const torch::Tensor& weight,
                                 const torch::Tensor& bias, const Rows& rows) {
        const at::AutoDispatchBelowADInplaceOrView no_autograd;
        const std::int64_t filters = weight.size(0), width = weight.size(2), n = x.size(0) - (width - 1);
        const auto batch = static_cast<std::int64_t>(rows.first.size());
        const torch::Tensor taps = weight.permute({2, 1, 0}).contiguous();  // [width, C, F]
        torch::Tensor y = torch::empty({x.size(0), filters});
        torch::Tensor inner = y.narrow(0, zeros_before(width), n);
        at::mm_out(inner, x.narrow(0, 0, n), taps[0]);
        for (std::int64_t j = 1; j < width; ++j) inner.addmm_(x.narrow(0, j, n), taps[j]);

        torch::Tensor maxima = torch::empty({batch, filters});
        torch::Tensor argmax = torch::empty({batch, filters}, torch::kInt32);
        auto* const out = y.data_ptr<float>();
        std::int64_t done = 0;  // rows
        for (std::int64_t b = 0; b < batch; ++b) {
            const std::int64_t first = rows.first[static_cast<std::size_t>(b)];
            const std::int64_t count = rows.count[static_cast<std::size_t>(b)];
            std::fill(out + done * filters, out + first * filters, 0.0f);
            kernels::kernels().relu_max(out + first * filters, bias.data_ptr<float>(), count, filters,
                                        maxima.data_ptr<float>() + b * filters,
                                        argmax.data_ptr<std::int32_t>() + b * filters);
            done = first + count;
        }
        std::fill(out + done * filters, out + x.size(0) * filters, 0.0f);
        context->saved_data["first"] = rows.first;
        context->save_for_backward({x, weight, y, argmax});
        return {y, maxima};
    }

    static variable_list backward(AutogradContext* context, variable_list out_grads) {
        const at::AutoDispatchBelowADInplaceOrView no_autograd;
        const variable_list saved = context->get_saved_variables();
        const torch::Tensor &x = saved[0], &weight = saved[1], &y = saved[2], &argmax = saved[3];
        const std::int64_t filters = weight.size(0), width = weight.size(2), n = x.size(0) - (width - 1);

        torch::Tensor grad =
            out_grads[0].defined() ? out_grads[0].clone(at::MemoryFormat::Contiguous) : torch::zeros_like(y);
        auto* const g = grad.data_ptr<float>();
        if (out_grads[1].defined()) {
            const torch::Tensor maxima_grad = out_grads[1].contiguous();
            const auto* from = maxima_grad.data_ptr<float>();
            const auto* at = argmax.data_ptr<std::int32_t>();
            for (const std::int64_t first : context->saved_data["first"].toIntVector()) {
                for (std::int64_t f = 0; f < filters; ++f) g[(first + *at++) * filters + f] += *from++;
            }
        }
        // Between sequences y is zero, and so becomes the gradient.
        torch::Tensor bias_grad = torch::empty({filters});
        kernels::kernels().bias_activate_backward(Activation::relu, g, y.data_ptr<float>(), y.size(0), filters,
                                                  bias_grad.data_ptr<float>());
        const torch::Tensor inner = grad.narrow(0, zeros_before(width), n);
        const torch::Tensor inner_columns = inner.t();
        const bool x_wanted = context->needs_input_grad(0);
        torch::Tensor tap_grads = torch::empty({width, filters, weight.size(1)});
        torch::Tensor x_grad = x_wanted ? torch::zeros_like(x) : torch::Tensor();
        const torch::Tensor taps = weight.permute({2, 0, 1}).contiguous();  // [width, F, C]
        for (std::int64_t j = 0; j < width; ++j) {
            torch::Tensor tap_grad = tap_grads[j];
            at::mm_out(tap_grad, inner_columns, x.narrow(0, j, n));
            if (x_wanted) x_grad.narrow(0, j, n).addmm_(inner, taps[j]);
        }
        return {x_grad, tap_grads.permute({1, 2, 0}).contiguous(), bias_grad, torch::Tensor()};
    }
};

}  // namespace

Hcnn::Hcnn(const EncoderOptions& options, std::int64_t enc_dim) : width_(options.cnn_filter_width) {
    std::int64_t channels = options.token_embedding_dim;
    for (std::int64_t l = 0; l < options.layers; ++l) {
        const std::int64_t filters = enc_dim / options.layers + (l < enc_dim % options.layers ? 1 : 0);
        const torch::nn::Conv1d convolution(torch::nn::Conv1dOptions(channels, filters, width_));
        convolutions_.push_back(register_module("conv_" + std::to_string(l), convolution));
        channels = filters;
    }
}

std::int64_t Hcnn::positions(std::int64_t length, std::int64_t max_seq_len) const {
    const auto reach = static_cast<std::int64_t>(convolutions_.size()) * (width_ - 1);
    return std::min(std::max<std::int64_t>({max_seq_len, length, 1}), length + reach + 1);
}

torch::Tensor Hcnn::forward_padded(const TokenBatch& batch, Dropout& dropout) {
    const torch::Tensor vectors =
        padded_vectors(batch, positions(batch.longest(), batch.max_seq_len)).vectors;
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
    std::int64_t total = zeros_before(width_);
    for (std::int64_t b = 0; b < batch.size(); ++b) {
        rows.first.push_back(total);
        rows.count.push_back(positions(offsets[b + 1] - offsets[b], batch.max_seq_len));
        total += rows.count.back() + width_ / 2;
    }
    rows.tokens = torch::full({total}, -1, torch::kInt32);
    if (batch.trained()) rows.slots = torch::full({total}, -1, torch::kInt32);
    const auto* const ids = batch.ids.data_ptr<std::int32_t>();
    for (std::int64_t b = 0; b < batch.size(); ++b) {
        const std::int64_t first = rows.first[static_cast<std::size_t>(b)];
        std::copy(ids + offsets[b], ids + offsets[b + 1], rows.tokens.data_ptr<std::int32_t>() + first);
        if (!rows.slots.defined()) continue;
        const auto* const slots = batch.slots.data_ptr<std::int32_t>();
        std::transform(ids + offsets[b], ids + offsets[b + 1], slots + offsets[b],
                       rows.slots.data_ptr<std::int32_t>() + first,
                       [](std::int32_t id, std::int32_t slot) { return id == 0 ? -1 : slot; });
    }

    torch::Tensor x = gather_vectors(batch, rows.tokens, rows.slots);
    std::vector<torch::Tensor> maxima;
    for (auto& convolution : convolutions_) {
        if (!maxima.empty()) x = dropout.apply(x, is_training());
        const variable_list outputs =
            ConvolutionFunction::apply(x.contiguous(), convolution->weight, convolution->bias, rows);
        x = outputs[0];
        maxima.push_back(outputs[1]);
    }
    return torch::cat(maxima, 1);
}

}  // namespace o2v::model
