// The optimizers' state and their step over a model's parameters.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "model/kernels/kernels.hpp"
#include "model/object2vec.hpp"
#include "model/table_optimizer.hpp"

namespace o2v::model {

// With g = gradient + weight_decay * w (MXNet's coupled decay; on weights, not on biases), w the weight, lr
// the learning rate and t the step from 1, constants as in MXNet 1.5:
//   adam      m = .9 m + .1 g;  v = .999 v + .001 g^2;
//             w -= lr sqrt(1 - .999^t) / (1 - .9^t) m / (sqrt(v) + 1e-8)
//   adagrad   s += g^2;  w -= lr g / sqrt(s + 1e-7)
//   rmsprop   s = .9 s + .1 g^2;  w -= lr g / sqrt(s + 1e-8)
//   adadelta  s = .9 s + .1 g^2;  d = sqrt(u + 1e-5) / sqrt(s + 1e-5) g;  u = .9 u + .1 d^2;  w -= d
//             (as in MXNet, the learning rate has no part in it)
//   sgd       w -= lr g
// Token tables: see table_optimizer.hpp.
class OptimizerState {
  public:
    // Zero moments for every parameter of `model` that is trained, on the model's device. Shares the
    // parameters.
    explicit OptimizerState(Object2Vec& model);

    // Applies the gradients that backward() left, and drops them.
    void step();
    // Brings the rows of token tables up to date whose steps are put off. To be called before the model's
    // weights or the moments are read other than by the model's own forward() in training mode.
    void settle();

    std::int64_t steps() const { return steps_; }
    // "<parameter>.first", "<parameter>.second"; sharing their memory.
    Tensors moments() const;
    // Copies (settled before); throws std::runtime_error when the names or shapes are not this model's.
    void load(std::int64_t steps, const Tensors& moments);

  private:
    struct Slot {
        std::string name;
        torch::Tensor weight, first, second;  // moments undefined where the optimizer has none
        bool decays = false;
    };
    kernels::Update update_now(bool decays) const;
    void step_on_gpu();

    Optimizer optimizer_;
    double learning_rate_, weight_decay_;
    bool on_gpu_;
    std::vector<Slot> slots_;
    std::vector<std::pair<std::string, std::unique_ptr<TableOptimizer>>> tables_;
    std::int64_t steps_ = 0;
};

}  // namespace o2v::model
