#include "model/layers.hpp"

#include "model/kernels/kernels.hpp"
#include "model/product.hpp"

namespace o2v::model {
namespace {

using kernels::Block;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

std::vector<Block> blocks_of(const std::vector<Comparator>& comparators) {
    std::vector<Block> blocks;
    for (const Comparator comparator : comparators) {
        switch (comparator) {
            case Comparator::hadamard:
                blocks.push_back(Block::hadamard);
                break;
            case Comparator::concat:
                blocks.insert(blocks.end(), {Block::first, Block::second});
                break;
            case Comparator::abs_diff:
                blocks.push_back(Block::abs_diff);
                break;
        }
    }
    return blocks;
}

const float* floats(const torch::Tensor& tensor) {
    return tensor.data_ptr<float>();
}

class CompareFunction : public torch::autograd::Function<CompareFunction> {
  public:
    static torch::Tensor forward(AutogradContext* context, const torch::Tensor& u, const torch::Tensor& v,
                                 const std::vector<Comparator>& comparators) {
        const at::AutoDispatchBelowADInplaceOrView no_autograd;
        context->save_for_backward({u, v});
        std::vector<std::int64_t> codes;
        for (const Comparator comparator : comparators)
            codes.push_back(static_cast<std::int64_t>(comparator));
        context->saved_data["comparators"] = codes;
        const std::vector<Block> blocks = blocks_of(comparators);
        const auto n = static_cast<std::int64_t>(blocks.size());
        torch::Tensor out = torch::empty({u.size(0), n * u.size(1)});
        kernels::kernels().compare(blocks.data(), n, floats(u), floats(v), u.size(0), u.size(1),
                                   out.data_ptr<float>());
        return out;
    }

    static variable_list backward(AutogradContext* context, variable_list out_grads) {
        const at::AutoDispatchBelowADInplaceOrView no_autograd;
        const variable_list saved = context->get_saved_variables();
        const torch::Tensor &u = saved[0], &v = saved[1];
        std::vector<Comparator> comparators;
        for (const std::int64_t code : context->saved_data["comparators"].toIntVector()) {
            comparators.push_back(static_cast<Comparator>(code));
        }
        const std::vector<Block> blocks = blocks_of(comparators);
        const torch::Tensor out_grad = out_grads[0].contiguous();
        torch::Tensor u_grad = torch::empty_like(u), v_grad = torch::empty_like(v);
        kernels::kernels().compare_backward(blocks.data(), static_cast<std::int64_t>(blocks.size()),
                                            floats(u), floats(v), floats(out_grad), u.size(0), u.size(1),
                                            u_grad.data_ptr<float>(), v_grad.data_ptr<float>());
        return {u_grad, v_grad, torch::Tensor()};
    }
};

class LinearFunction : public torch::autograd::Function<LinearFunction> {
  public:
    static torch::Tensor forward(AutogradContext* context, const torch::Tensor& x,
                                 const torch::Tensor& weight, const torch::Tensor& bias,
                                 std::int64_t activation) {
        const at::AutoDispatchBelowADInplaceOrView no_autograd;
        torch::Tensor y = product(x, weight.t());
        kernels::kernels().bias_activate(static_cast<Activation>(activation), y.data_ptr<float>(),
                                         floats(bias), y.size(0), y.size(1));
        context->saved_data["activation"] = activation;
        context->save_for_backward({x, weight, y});
        return y;
    }

    static variable_list backward(AutogradContext* context, variable_list out_grads) {
        const at::AutoDispatchBelowADInplaceOrView no_autograd;
        const variable_list saved = context->get_saved_variables();
        const torch::Tensor &x = saved[0], &weight = saved[1], &y = saved[2];
        const auto activation = static_cast<Activation>(context->saved_data["activation"].toInt());
        // Changed in place below, unless the activation leaves it as it is.
        torch::Tensor grad = activation == Activation::linear
                                 ? out_grads[0].contiguous()
                                 : out_grads[0].clone(at::MemoryFormat::Contiguous);
        torch::Tensor bias_grad = torch::empty({weight.size(0)});
        kernels::kernels().bias_activate_backward(activation, grad.data_ptr<float>(), floats(y), y.size(0),
                                                  y.size(1), bias_grad.data_ptr<float>());
        const torch::Tensor x_grad = context->needs_input_grad(0) ? product(grad, weight) : torch::Tensor();
        // In the weight's own layout, or autograd would copy it.
        const torch::Tensor weight_grad = torch::empty_like(weight);
        multiply(weight_grad, grad.t(), x);
        return {x_grad, weight_grad, bias_grad, torch::Tensor()};
    }
};

}  // namespace

torch::nn::Linear make_linear(std::int64_t inputs, std::int64_t outputs) {
    torch::nn::Linear layer(inputs, outputs);
    const torch::NoGradGuard no_grad;
    layer->weight.set_data(layer->weight.t().contiguous().t());
    return layer;
}

torch::Tensor compare(const torch::Tensor& u, const torch::Tensor& v,
                      const std::vector<Comparator>& comparators, Path path) {
    if (path == Path::kernels) return CompareFunction::apply(u.contiguous(), v.contiguous(), comparators);
    std::vector<torch::Tensor> parts;
    for (const Comparator comparator : comparators) {
        switch (comparator) {
            case Comparator::hadamard:
                parts.push_back(u * v);
                break;
            case Comparator::concat:
                parts.insert(parts.end(), {u, v});
                break;
            case Comparator::abs_diff:
                parts.push_back((u - v).abs());
                break;
        }
    }
    return parts.size() == 1 ? parts.front() : torch::cat(parts, 1);
}

std::int64_t compared_dim(std::int64_t enc_dim, const std::vector<Comparator>& comparators) {
    return static_cast<std::int64_t>(blocks_of(comparators).size()) * enc_dim;
}

torch::Tensor linear(const torch::Tensor& x, const torch::Tensor& weight, const torch::Tensor& bias,
                     Activation activation, Path path) {
    if (path == Path::kernels) {
        return LinearFunction::apply(x.contiguous(), weight, bias, static_cast<std::int64_t>(activation));
    }
    const torch::Tensor y = torch::linear(x, weight, bias);
    switch (activation) {
        case Activation::tanh:
            return torch::tanh(y);
        case Activation::relu:
            return torch::relu(y);
        case Activation::linear:
            break;
    }
    return y;
}

}  // namespace o2v::model
