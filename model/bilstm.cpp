#include "model/bilstm.hpp"

#include <algorithm>
#include <limits>
#include <memory>
#include <numeric>
#include <string>
#include <utility>

#include "model/kernels/kernels.hpp"
#include "model/product.hpp"

namespace o2v::model {
namespace {

namespace rnn = torch::nn::utils::rnn;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// The same sequences without their padding tokens; of what is on the tokens, only `slots` is kept up.
TokenBatch without_padding(const TokenBatch& batch) {
    TokenBatch result = batch;
    result.slots = torch::empty_like(batch.slots);
    result.offsets = torch::zeros_like(batch.offsets);
    const auto* const slots = batch.slots.data_ptr<std::int32_t>();
    const auto* const offsets = batch.offsets.data_ptr<std::int64_t>();
    auto* const kept = result.slots.data_ptr<std::int32_t>();
    auto* const ends = result.offsets.data_ptr<std::int64_t>();
    for (std::int64_t b = 0; b < batch.size(); ++b) {
        std::int64_t end = ends[b];
        for (std::int64_t k = offsets[b]; k < offsets[b + 1]; ++k) {
            if (slots[k] != 0) kept[end++] = slots[k];
        }
        ends[b + 1] = end;
    }
    return result;
}

// A batch's tokens by time: first the first tokens of all sequences, the longest sequence first, then their
// second ones, and so on. At time t come count[t] of them, from row begin[t] on; N rows in all.
struct Packed {
    std::vector<std::int64_t> begin, count;
    std::vector<std::int64_t> order, length;  // [B] the sequences by descending length, and these lengths
    torch::Tensor slots;                      // [N] int32: the leaf's row of each
};

Packed pack(const TokenBatch& batch) {
    const auto* const offsets = batch.offsets.data_ptr<std::int64_t>();
    const auto length = [&](std::int64_t b) { return offsets[b + 1] - offsets[b]; };
    Packed packed;
    packed.order.resize(static_cast<std::size_t>(batch.size()));
    std::iota(packed.order.begin(), packed.order.end(), std::int64_t{0});
    std::stable_sort(packed.order.begin(), packed.order.end(),
                     [&](std::int64_t a, std::int64_t b) { return length(a) > length(b); });
    for (const std::int64_t b : packed.order) packed.length.push_back(length(b));

    const std::int64_t n = offsets[batch.size()] - offsets[0];
    packed.slots = torch::empty({n}, torch::kInt32);
    std::int64_t row = 0, count = batch.size();
    for (std::int64_t t = 0; row < n; ++t) {
        while (packed.length[static_cast<std::size_t>(count - 1)] <= t) --count;
        packed.begin.push_back(row);
        packed.count.push_back(count);
        for (std::int64_t s = 0; s < count; ++s, ++row) {
            const std::int64_t k = offsets[packed.order[static_cast<std::size_t>(s)]] + t;
            packed.slots.data_ptr<std::int32_t>()[row] = batch.slots.data_ptr<std::int32_t>()[k];
        }
    }
    return packed;
}

// One direction of one layer over packed rows. The input's part of all gates is one product; each step adds
// the state's part.
class Direction {
  public:
    Direction(const Packed& packed, bool backward) : packed_(packed), backward_(backward) {}

    // gates: [N, 4H], the input's part, replaced by the gates' activations; state_weight: [4H, H]; cells: [N,
    // H]; outputs: [N, H], its rows may be apart.
    void run(torch::Tensor& gates, const torch::Tensor& state_weight, torch::Tensor& cells,
             torch::Tensor& outputs) {
        const std::int64_t hidden = cells.size(1);
        const torch::Tensor weight = state_weight.t();
        for (std::size_t i = 0; i < packed_.count.size(); ++i) {
            const std::size_t t = step(i);
            const std::int64_t before = i == 0 ? 0 : known(t, step(i - 1));
            if (before > 0) {
                multiply(gates.narrow(0, packed_.begin[t], before),
                         outputs.narrow(0, packed_.begin[step(i - 1)], before), weight, /*accumulate=*/true);
            }
            cell(gates, cells, outputs, t, 0, before, before == 0 ? 0 : packed_.begin[step(i - 1)], hidden);
            cell(gates, cells, outputs, t, before, packed_.count[t] - before, -1, hidden);
        }
    }

    // gates: the activations, replaced by the gradient of what the input's part was; outputs_grad: [N, H],
    // rows may be apart.
    void run_backward(torch::Tensor& gates, const torch::Tensor& state_weight, const torch::Tensor& cells,
                      const torch::Tensor& outputs_grad) {
        const std::int64_t hidden = cells.size(1), most = packed_.count.front();
        torch::Tensor h_grad = torch::empty({most, hidden}), c_grad = torch::empty({most, hidden}),
                      c_grad_before = torch::empty({most, hidden});
        std::int64_t next = 0;  // sequences that the following step read
        for (std::size_t i = packed_.count.size(); i-- > 0;) {
            const std::size_t t = step(i);
            const std::int64_t begin = packed_.begin[t];
            const std::int64_t before = i == 0 ? 0 : known(t, step(i - 1));
            const auto part = [&](std::int64_t from, std::int64_t n, const float* c_before) {
                if (n == 0) return;
                kernels::kernels().lstm_cell_backward(
                    gates.data_ptr<float>() + (begin + from) * 4 * hidden, c_before,
                    cells.data_ptr<float>() + (begin + from) * hidden,
                    outputs_grad.data_ptr<float>() + (begin + from) * outputs_grad.stride(0),
                    outputs_grad.stride(0), h_grad.data_ptr<float>() + from * hidden,
                    c_grad.data_ptr<float>() + from * hidden, std::max<std::int64_t>(next - from, 0), n,
                    hidden, c_grad_before.data_ptr<float>() + from * hidden);
            };
            part(0, before,
                 before == 0 ? nullptr : cells.data_ptr<float>() + packed_.begin[step(i - 1)] * hidden);
            part(before, packed_.count[t] - before, nullptr);
            if (before > 0) {
                multiply(h_grad.narrow(0, 0, before), gates.narrow(0, begin, before), state_weight);
            }
            std::swap(c_grad, c_grad_before);
            next = before;
        }
    }

    // Each row's output of the step before, zeros where there is none: [N, H].
    torch::Tensor states_before(const torch::Tensor& outputs) const {
        torch::Tensor states = torch::zeros({outputs.size(0), outputs.size(1)});
        for (std::size_t i = 1; i < packed_.count.size(); ++i) {
            const std::size_t t = step(i), last = step(i - 1);
            states.narrow(0, packed_.begin[t], known(t, last))
                .copy_(outputs.narrow(0, packed_.begin[last], known(t, last)));
        }
        return states;
    }

  private:
    std::size_t step(std::size_t i) const { return backward_ ? packed_.count.size() - 1 - i : i; }
    // How many of time t's sequences had a step at time `last`.
    std::int64_t known(std::size_t t, std::size_t last) const {
        return std::min(packed_.count[t], packed_.count[last]);
    }

    // n of time t's sequences, from the from-th on; before: the row of the first one's last step, -1 for
    // none.
    void cell(torch::Tensor& gates, torch::Tensor& cells, torch::Tensor& outputs, std::size_t t,
              std::int64_t from, std::int64_t n, std::int64_t before, std::int64_t hidden) const {
        if (n == 0) return;
        const std::int64_t row = packed_.begin[t] + from;
        auto* const c = cells.data_ptr<float>();
        kernels::kernels().lstm_cell(gates.data_ptr<float>() + row * 4 * hidden,
                                     before < 0 ? nullptr : c + before * hidden, n, hidden, c + row * hidden,
                                     outputs.data_ptr<float>() + row * outputs.stride(0), outputs.stride(0));
    }

    const Packed& packed_;
    bool backward_;
};

// One bidirectional layer -> [N, 2H], the forward direction's outputs first. x: the rows that come in, [N,
// I], or for the first layer the distinct tokens' vectors, [U, I], whose part of the gates is computed once
// each. The weights are LibTorch's: weight_ih [4H, I], weight_hh [4H, H], bias_ih, bias_hh [4H], and the same
// of the backward direction.
class BilstmFunction : public torch::autograd::Function<BilstmFunction> {
  public:
    static torch::Tensor forward(AutogradContext* context, const torch::Tensor& x, const torch::Tensor& w_ih,
                                 const torch::Tensor& w_hh, const torch::Tensor& b_ih,
                                 const torch::Tensor& b_hh, const torch::Tensor& w_ih_back,
                                 const torch::Tensor& w_hh_back, const torch::Tensor& b_ih_back,
                                 const torch::Tensor& b_hh_back, const std::shared_ptr<const Packed>& packed,
                                 bool first_layer) {
        const at::AutoDispatchBelowADInplaceOrView no_autograd;
        const std::int64_t n = packed->slots.size(0), hidden = w_hh.size(1);
        torch::Tensor outputs = torch::empty({n, 2 * hidden});
        torch::Tensor gates[2], cells[2];
        const torch::Tensor* const inputs_weight[2] = {&w_ih, &w_ih_back};
        const torch::Tensor* const state_weight[2] = {&w_hh, &w_hh_back};
        const torch::Tensor bias[2] = {b_ih + b_hh, b_ih_back + b_hh_back};
        for (int d = 0; d < 2; ++d) {
            gates[d] = product(x, inputs_weight[d]->t());
            if (first_layer) {
                const torch::Tensor products = gates[d];
                gates[d] = torch::empty({n, 4 * hidden});
                kernels::kernels().gather_biased(products.data_ptr<float>(), bias[d].data_ptr<float>(),
                                                 4 * hidden, packed->slots.data_ptr<std::int32_t>(), n,
                                                 gates[d].data_ptr<float>());
            } else {
                kernels::kernels().bias_activate(Activation::linear, gates[d].data_ptr<float>(),
                                                 bias[d].data_ptr<float>(), n, 4 * hidden);
            }
            cells[d] = torch::empty({n, hidden});
            torch::Tensor part = outputs.narrow(1, d * hidden, hidden);
            Direction(*packed, d == 1).run(gates[d], *state_weight[d], cells[d], part);
        }
        context->save_for_backward(
            {x, w_ih, w_hh, w_ih_back, w_hh_back, outputs, gates[0], gates[1], cells[0], cells[1]});
        context->saved_data["first_layer"] = first_layer;
        context->saved_data["packed"] = torch::IValue::make_capsule(c10::make_intrusive<Holder>(packed));
        return outputs;
    }

    static variable_list backward(AutogradContext* context, variable_list out_grads) {
        const at::AutoDispatchBelowADInplaceOrView no_autograd;
        const variable_list saved = context->get_saved_variables();
        const auto holder =
            c10::static_intrusive_pointer_cast<Holder>(context->saved_data["packed"].toCapsule());
        const torch::Tensor &x = saved[0], &outputs = saved[5];
        const bool first_layer = context->saved_data["first_layer"].toBool();
        const torch::Tensor outputs_grad = out_grads[0].contiguous();
        const std::int64_t hidden = outputs.size(1) / 2;
        const bool x_wanted = context->needs_input_grad(0);
        torch::Tensor x_grad = x_wanted ? torch::empty_like(x) : torch::Tensor();
        variable_list grads(11);
        for (int d = 0; d < 2; ++d) {
            const torch::Tensor &w_ih = saved[d == 0 ? 1 : 3], &w_hh = saved[d == 0 ? 2 : 4];
            torch::Tensor gates_grad = saved[d == 0 ? 6 : 7].clone();
            Direction direction(*holder->packed, d == 1);
            direction.run_backward(gates_grad, w_hh, saved[d == 0 ? 8 : 9],
                                   outputs_grad.narrow(1, d * hidden, hidden));
            torch::Tensor bias_grad = torch::empty({4 * hidden});
            kernels::kernels().bias_activate_backward(Activation::linear, gates_grad.data_ptr<float>(),
                                                      nullptr, gates_grad.size(0), 4 * hidden,
                                                      bias_grad.data_ptr<float>());
            torch::Tensor products_grad = gates_grad;
            if (first_layer) {
                const torch::Tensor& slots = holder->packed->slots;
                products_grad = torch::zeros({x.size(0), 4 * hidden});
                kernels::kernels().scatter_add(gates_grad.data_ptr<float>(), 4 * hidden,
                                               slots.data_ptr<std::int32_t>(), slots.size(0),
                                               products_grad.data_ptr<float>());
            }
            const std::size_t at = d == 0 ? 1 : 5;
            grads[at] = product(products_grad.t(), x);
            grads[at + 1] =
                product(gates_grad.t(), direction.states_before(outputs.narrow(1, d * hidden, hidden)));
            grads[at + 2] = bias_grad;
            grads[at + 3] = bias_grad.clone();
            if (x_wanted) multiply(x_grad, products_grad, w_ih, /*accumulate=*/d == 1);
        }
        grads[0] = x_grad;
        return grads;
    }

  private:
    struct Holder : torch::CustomClassHolder {
        explicit Holder(std::shared_ptr<const Packed> p) : packed(std::move(p)) {}
        std::shared_ptr<const Packed> packed;
    };
};

// The maximum over time of each sequence's outputs, [B, columns] in the batch's order; zeros for a sequence
// without tokens. outputs: [N, >= columns].
class PackedMax : public torch::autograd::Function<PackedMax> {
  public:
    static torch::Tensor forward(AutogradContext* context, const torch::Tensor& outputs, std::int64_t columns,
                                 const Packed& packed) {
        const at::AutoDispatchBelowADInplaceOrView no_autograd;
        const auto batch = static_cast<std::int64_t>(packed.order.size());
        torch::Tensor maxima = torch::zeros({batch, columns});
        torch::Tensor at = torch::full({batch, columns}, -1, torch::kInt64);  // rows of `outputs`
        const auto* const values = outputs.data_ptr<float>();
        const std::int64_t stride = outputs.size(1);
        for (std::size_t t = 0; t < packed.count.size(); ++t) {
            for (std::int64_t s = 0; s < packed.count[t]; ++s) {
                const std::int64_t row = packed.begin[t] + s, b = packed.order[static_cast<std::size_t>(s)];
                kernels::kernels().keep_larger(values + row * stride, row, t == 0, columns,
                                               maxima.data_ptr<float>() + b * columns,
                                               at.data_ptr<std::int64_t>() + b * columns);
            }
        }
        context->save_for_backward({at});
        context->saved_data["rows"] = outputs.size(0);
        context->saved_data["columns"] = stride;
        return maxima;
    }

    static variable_list backward(AutogradContext* context, variable_list out_grads) {
        const at::AutoDispatchBelowADInplaceOrView no_autograd;
        const torch::Tensor at = context->get_saved_variables()[0], out_grad = out_grads[0].contiguous();
        const std::int64_t stride = context->saved_data["columns"].toInt(), columns = at.size(1);
        torch::Tensor grad = torch::zeros({context->saved_data["rows"].toInt(), stride});
        const auto* row = at.data_ptr<std::int64_t>();
        const auto* from = out_grad.data_ptr<float>();
        for (std::int64_t b = 0; b < at.size(0); ++b) {
            for (std::int64_t i = 0; i < columns; ++i, ++row, ++from) {
                if (*row >= 0) grad.data_ptr<float>()[*row * stride + i] = *from;
            }
        }
        return {grad, torch::Tensor(), torch::Tensor()};
    }
};

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

torch::Tensor Bilstm::forward(const TokenBatch& batch, Dropout& dropout, Path path) {
    const TokenBatch dense = without_padding(batch);
    if (path == Path::plain) return forward_padded(dense, dropout);
    const auto packed = std::make_shared<const Packed>(pack(dense));
    torch::Tensor x = batch.leaf;
    for (std::size_t l = 0; l < layers_.size() && packed->slots.size(0) > 0; ++l) {
        if (l > 0) x = dropout.apply(x, is_training());
        const std::vector<torch::Tensor> w = layers_[l]->all_weights();
        x = BilstmFunction::apply(x, w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7], packed, l == 0);
    }
    return PackedMax::apply(x, enc_dim_, *packed);
}

torch::Tensor Bilstm::forward_padded(const TokenBatch& batch, Dropout& dropout) {
    const torch::Tensor lengths = batch.offsets.slice(0, 1) - batch.offsets.slice(0, 0, -1);  // [B]
    const torch::Tensor vectors =
        padded_vectors(batch, std::max<std::int64_t>(batch.longest(), 1));  // [B, T, E]
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
