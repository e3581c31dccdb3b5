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

// A parameter that the loss did not depend on decays and its moments fade like any other.
torch::Tensor gradient_of(const torch::Tensor& weight) {
    return weight.grad().defined() ? weight.grad() : torch::zeros_like(weight.detach());
}

void update_all(const kernels::Update& how, const torch::Tensor& gradient, torch::Tensor& weight,
                torch::Tensor& first, torch::Tensor& second) {
    // All four lie in memory alike, element by element.
    const bool alike = gradient.strides() == weight.strides();
    const torch::Tensor dense = alike ? gradient : torch::empty_like(weight).copy_(gradient);
    const float* const g = dense.data_ptr<float>();
    float *const w = weight.data_ptr<float>(), *const a = data_or_null(first),
                 *const b = data_or_null(second);
    at::parallel_for(0, weight.numel(), std::int64_t{1} << 15, [&](std::int64_t begin, std::int64_t end) {
        kernels::kernels().update(how, end - begin, g + begin, w + begin, a ? a + begin : a,
                                  b ? b + begin : b);
    });
}

}  // namespace

OptimizerState::OptimizerState(Object2Vec& model)
    : optimizer_(model.options().optimizer),
      learning_rate_(model.options().learning_rate),
      weight_decay_(model.options().weight_decay),
      on_gpu_(model.device().is_cuda()) {
    const int moments = moments_of(optimizer_);
    const bool row_sparse = model.options().token_embedding_storage == EmbeddingStorage::row_sparse;
    for (const auto& [name, table] : model.tables()) {
        if (table->frozen) continue;
        tables_.emplace_back(
            name + ".weight",
            std::make_unique<TableOptimizer>(table, optimizer_, moments, row_sparse, weight_decay_ != 0));
    }
    for (const auto& parameter : model.named_parameters()) {
        if (!parameter.value().requires_grad()) continue;  // the tables' weights
        Slot slot;
        slot.name = parameter.key();
        slot.weight = parameter.value();
        slot.decays = slot.name.find(".bias") == std::string::npos;
        if (moments > 0) slot.first = torch::zeros_like(slot.weight.detach());
        if (moments > 1) slot.second = torch::zeros_like(slot.weight.detach());
        slots_.push_back(std::move(slot));
    }
}

kernels::Update OptimizerState::update_now(bool decays) const {
    double rate = learning_rate_;
    if (optimizer_ == Optimizer::adam) {
        const auto t = static_cast<double>(steps_);
        rate *= std::sqrt(1 - std::pow(0.999, t)) / (1 - std::pow(0.9, t));
    }
    return {optimizer_, static_cast<float>(rate), decays ? static_cast<float>(weight_decay_) : 0.0f};
}

void OptimizerState::step() {
    const torch::NoGradGuard no_grad;
    ++steps_;
    if (on_gpu_) return step_on_gpu();
    for (Slot& slot : slots_) {
        torch::Tensor weight = slot.weight.detach();
        update_all(update_now(slot.decays), gradient_of(slot.weight), weight, slot.first, slot.second);
        slot.weight.mutable_grad() = torch::Tensor();
    }
    for (auto& [name, table] : tables_) table->step(update_now(/*decays=*/true));
}

void OptimizerState::step_on_gpu() {
    TensorUpdates decaying, others;
    for (Slot& slot : slots_) {
        TensorUpdates& updates = weight_decay_ != 0 && slot.decays ? decaying : others;
        updates.add(gradient_of(slot.weight), slot.weight.detach(), slot.first, slot.second);
        slot.weight.mutable_grad() = torch::Tensor();
    }
    for (auto& [name, table] : tables_) table->add_to(weight_decay_ != 0 ? decaying : others);
    decaying.run(update_now(/*decays=*/true));
    others.run(update_now(/*decays=*/false));
    for (auto& [name, table] : tables_) table->updated();
}

void OptimizerState::settle() {
    for (auto& [name, table] : tables_) table->settle();
}

Tensors OptimizerState::moments() const {
    Tensors tensors;
    const auto add = [&](const std::string& name, const torch::Tensor& first, const torch::Tensor& second) {
        if (first.defined()) tensors[name + ".first"] = first;
        if (second.defined()) tensors[name + ".second"] = second;
    };
    for (const Slot& slot : slots_) add(slot.name, slot.first, slot.second);
    for (const auto& [name, table] : tables_) add(name, table->first(), table->second());
    return tensors;
}

void OptimizerState::load(std::int64_t steps, const Tensors& moments) {
    const torch::NoGradGuard no_grad;
    settle();
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
    for (auto& [name, table] : tables_) table->moments_changed();
    steps_ = steps;
}

}  // namespace o2v::model
