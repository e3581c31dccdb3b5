#include "model/optimizer_state.hpp"

#include <ATen/Parallel.h>

#include <cmath>
#include <stdexcept>
#include <utility>

namespace o2v::model {
namespace {

int moments_of(Optimizer optimizer) {
    switch (optimizer) {
        case Optimizer::adam:
        case Optimizer::adadelta:
            return 2;
        case Optimizer::adagrad:
        case Optimizer::rmsprop:
            return 1;
        case Optimizer::sgd:
            break;
    }
    return 0;
}

float* data_or_null(const torch::Tensor& tensor) {
    return tensor.defined() ? tensor.data_ptr<float>() : nullptr;
}

// kernels::update in LibTorch's operations, in place, on any device.
void update_tensors(const kernels::Update& how, torch::Tensor g, torch::Tensor& w, torch::Tensor& first,
                    torch::Tensor& second) {
    const double lr = how.learning_rate;
    if (how.weight_decay != 0) g = g + w * static_cast<double>(how.weight_decay);
    switch (how.optimizer) {
        case Optimizer::adam:
            first.mul_(0.9).add_(g, 0.1);
            second.mul_(0.999).addcmul_(g, g, 0.001);
            w.addcdiv_(first, second.sqrt().add_(1e-8), -lr);
            break;
        case Optimizer::adagrad:
            first.addcmul_(g, g);
            w.addcdiv_(g, (first + 1e-7).sqrt_(), -lr);
            break;
        case Optimizer::rmsprop:
            first.mul_(0.9).addcmul_(g, g, 0.1);
            w.addcdiv_(g, (first + 1e-8).sqrt_(), -lr);
            break;
        case Optimizer::adadelta: {
            first.mul_(0.9).addcmul_(g, g, 0.1);
            const torch::Tensor delta = (second + 1e-5).sqrt_().div_((first + 1e-5).sqrt_()).mul_(g);
            second.mul_(0.9).addcmul_(delta, delta, 0.1);
            w.sub_(delta);
            break;
        }
        case Optimizer::sgd:
            w.sub_(g, lr);
            break;
    }
}

void update_all(const kernels::Update& how, const torch::Tensor& gradient, torch::Tensor& weight,
                torch::Tensor& first, torch::Tensor& second) {
    if (weight.is_cuda()) return update_tensors(how, gradient, weight, first, second);
    const torch::Tensor dense = gradient.contiguous();
    const float* const g = dense.data_ptr<float>();
    float *const w = weight.data_ptr<float>(), *const a = data_or_null(first),
                 *const b = data_or_null(second);
    at::parallel_for(0, weight.numel(), std::int64_t{1} << 15, [&](std::int64_t begin, std::int64_t end) {
        kernels::update(how, end - begin, g + begin, w + begin, a ? a + begin : a, b ? b + begin : b);
    });
}

}  // namespace

OptimizerState::OptimizerState(Object2Vec& model)
    : optimizer_(model.options().optimizer),
      learning_rate_(model.options().learning_rate),
      weight_decay_(model.options().weight_decay),
      row_sparse_(model.options().token_embedding_storage == EmbeddingStorage::row_sparse) {
    for (const auto& parameter : model.named_parameters()) {
        Slot slot;
        slot.name = parameter.key();
        slot.decays = slot.name.find(".bias") == std::string::npos;
        for (const auto& [name, table] : model.tables()) {
            if (slot.name == name + ".weight") slot.table = table;
        }
        if (slot.table && slot.table->frozen) continue;
        slot.weight = slot.table ? slot.table->weight : parameter.value();
        const int moments = moments_of(optimizer_);
        const torch::Tensor like = slot.weight.detach();
        if (moments > 0) slot.first = torch::zeros_like(like);
        if (moments > 1) slot.second = torch::zeros_like(like);
        if (slot.table && !row_sparse_) slot.full_gradient = torch::zeros_like(like);
        slots_.push_back(std::move(slot));
    }
}

kernels::Update OptimizerState::update_of(const Slot& slot) const {
    double rate = learning_rate_;
    if (optimizer_ == Optimizer::adam) {
        const auto t = static_cast<double>(steps_);
        rate *= std::sqrt(1 - std::pow(0.999, t)) / (1 - std::pow(0.9, t));
    }
    return {optimizer_, static_cast<float>(rate), slot.decays ? static_cast<float>(weight_decay_) : 0.0f};
}

void OptimizerState::step() {
    const torch::NoGradGuard no_grad;
    ++steps_;
    for (Slot& slot : slots_) {
        if (!slot.table) {
            step_parameter(slot);
        } else if (row_sparse_) {
            step_rows(slot);
        } else {
            step_dense_table(slot);
        }
    }
}

// A parameter that the loss did not depend on has a zero gradient: it decays and its moments fade like any
// other.
void OptimizerState::step_parameter(Slot& slot) {
    torch::Tensor weight = slot.weight.detach();
    torch::Tensor gradient = slot.weight.grad();
    if (!gradient.defined()) gradient = torch::zeros_like(weight);
    update_all(update_of(slot), gradient, weight, slot.first, slot.second);
    slot.weight.mutable_grad() = torch::Tensor();
}

void OptimizerState::step_rows(Slot& slot) {
    const torch::Tensor gradient = slot.table->touched_gradient();
    if (!gradient.defined()) return slot.table->forget_touched();
    const torch::Tensor& rows = slot.table->touched_rows();
    torch::Tensor weight = slot.weight.detach();
    if (!weight.is_cuda()) {
        const torch::Tensor dense = gradient.contiguous();
        kernels::update_rows(update_of(slot), rows.size(0), weight.size(1), rows.data_ptr<std::int64_t>(),
                             dense.data_ptr<float>(), weight.data_ptr<float>(), data_or_null(slot.first),
                             data_or_null(slot.second));
        return slot.table->forget_touched();
    }
    const torch::Tensor at = rows.to(weight.device());
    const auto part = [&](const torch::Tensor& whole) {
        return whole.defined() ? whole.index_select(0, at) : torch::Tensor();
    };
    torch::Tensor w = part(weight), first = part(slot.first), second = part(slot.second);
    update_tensors(update_of(slot), gradient, w, first, second);
    weight.index_copy_(0, at, w);
    if (first.defined()) slot.first.index_copy_(0, at, first);
    if (second.defined()) slot.second.index_copy_(0, at, second);
    slot.table->forget_touched();
}

void OptimizerState::step_dense_table(Slot& slot) {
    torch::Tensor weight = slot.weight.detach();
    const torch::Tensor gradient = slot.table->touched_gradient();
    torch::Tensor rows;
    if (gradient.defined()) {
        rows = slot.table->touched_rows().to(weight.device());
        slot.full_gradient.index_copy_(0, rows, gradient);
    }
    update_all(update_of(slot), slot.full_gradient, weight, slot.first, slot.second);
    if (rows.defined()) slot.full_gradient.index_fill_(0, rows, 0);
    slot.table->forget_touched();
}

Tensors OptimizerState::moments() const {
    Tensors tensors;
    for (const Slot& slot : slots_) {
        if (slot.first.defined()) tensors[slot.name + ".first"] = slot.first;
        if (slot.second.defined()) tensors[slot.name + ".second"] = slot.second;
    }
    return tensors;
}

void OptimizerState::load(std::int64_t steps, const Tensors& moments) {
    Tensors own = this->moments();
    if (own.size() != moments.size())
        throw std::runtime_error("the optimizer state is of another model or optimizer");
    for (auto& [name, tensor] : own) {
        const auto given = moments.find(name);
        if (given == moments.end() || given->second.sizes() != tensor.sizes()) {
            throw std::runtime_error("optimizer state " + name + " is missing or of another shape");
        }
        tensor.copy_(given->second);
    }
    steps_ = steps;
}

}  // namespace o2v::model
