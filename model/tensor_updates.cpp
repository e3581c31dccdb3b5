#include "model/tensor_updates.hpp"

namespace o2v::model {

void TensorUpdates::add(const torch::Tensor& gradient, const torch::Tensor& weight,
                        const torch::Tensor& first, const torch::Tensor& second) {
    gradients_.push_back(gradient);
    weights_.push_back(weight);
    if (first.defined()) firsts_.push_back(first);
    if (second.defined()) seconds_.push_back(second);
}

void TensorUpdates::run(const kernels::Update& how) {
    if (weights_.empty()) return;
    const torch::NoGradGuard no_grad;
    const double lr = how.learning_rate;
    std::vector<torch::Tensor> g = gradients_;
    if (how.weight_decay != 0) g = at::_foreach_add(g, weights_, static_cast<double>(how.weight_decay));
    const auto roots = [](const std::vector<torch::Tensor>& of, double more) {
        std::vector<torch::Tensor> sums = at::_foreach_add(of, more);
        at::_foreach_sqrt_(sums);
        return sums;
    };
    switch (how.optimizer) {
        case Optimizer::adam: {
            at::_foreach_mul_(firsts_, 0.9);
            at::_foreach_add_(firsts_, g, 0.1);
            at::_foreach_mul_(seconds_, 0.999);
            at::_foreach_addcmul_(seconds_, g, g, 0.001);
            std::vector<torch::Tensor> divisors = at::_foreach_sqrt(seconds_);
            at::_foreach_add_(divisors, 1e-8);
            at::_foreach_addcdiv_(weights_, firsts_, divisors, -lr);
            break;
        }
        case Optimizer::adagrad:
            at::_foreach_addcmul_(firsts_, g, g, 1.0);
            at::_foreach_addcdiv_(weights_, g, roots(firsts_, 1e-7), -lr);
            break;
        case Optimizer::rmsprop:
            at::_foreach_mul_(firsts_, 0.9);
            at::_foreach_addcmul_(firsts_, g, g, 0.1);
            at::_foreach_addcdiv_(weights_, g, roots(firsts_, 1e-8), -lr);
            break;
        case Optimizer::adadelta: {
            at::_foreach_mul_(firsts_, 0.9);
            at::_foreach_addcmul_(firsts_, g, g, 0.1);
            std::vector<torch::Tensor> deltas = roots(seconds_, 1e-5);
            at::_foreach_div_(deltas, roots(firsts_, 1e-5));
            at::_foreach_mul_(deltas, g);
            at::_foreach_mul_(seconds_, 0.9);
            at::_foreach_addcmul_(seconds_, deltas, deltas, 0.1);
            at::_foreach_sub_(weights_, deltas);
            break;
        }
        case Optimizer::sgd:
            at::_foreach_add_(weights_, g, -lr);
            break;
    }
}

}  // namespace o2v::model
