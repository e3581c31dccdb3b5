// The five optimizers against their formulas in double, against torch::optim where the two agree, and the
// lazy updates of row_sparse token tables.
#include "model/optimizer_state.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "model/initializers.hpp"
#include "model/metrics.hpp"

namespace o2v::model {
namespace {

Options options_of(Optimizer optimizer, EmbeddingStorage storage, double weight_decay) {
    Options options;
    options.enc_dim = 6;
    for (EncoderOptions& enc : options.enc) {
        enc.network = Network::pooled_embedding;
        enc.layers = 1;
        enc.token_embedding_dim = 6;
        enc.max_seq_len = 4;
        enc.vocab_size = 12;
    }
    options.mlp_layers = 1;
    options.mlp_dim = 5;
    options.mlp_activation = Activation::tanh;
    options.optimizer = optimizer;
    options.learning_rate = 0.02;
    options.weight_decay = weight_decay;
    options.token_embedding_storage = storage;
    options.tied_token_embedding_weight = true;
    return options;
}

std::shared_ptr<Object2Vec> model_of(const Options& options) {
    const auto model = std::make_shared<Object2Vec>(options);
    initialize(*model, 5);
    model->train();
    return model;
}

// Step s touches few rows, others in every step; row 11 never.
data::Batch batch_of(int step) {
    data::Batch batch;
    for (int row = 0; row < 3; ++row) {
        for (int side = 0; side < 2; ++side) {
            auto& sequences = batch.side[side];
            sequences.tokens.insert(sequences.tokens.end(),
                                    {1 + (step + row) % 5, 1 + (3 * step + side + row) % 10, 0});
            sequences.offsets.push_back(static_cast<std::int64_t>(sequences.tokens.size()));
        }
        batch.labels.push_back(static_cast<float>((step + row) % 2));
    }
    return batch;
}

// Backward only: the gradients by parameter, dense; and the rows of the table that the batch touched.
// The loss is multiplied by `scale` before.
Tensors gradients_after(Object2Vec& model, const data::Batch& batch, std::set<std::int64_t>& touched,
                        double scale = 1) {
    (training_loss(OutputLayer::softmax, model.forward(batch), torch::tensor(batch.labels)) * scale)
        .backward();
    Tensors gradients;
    for (const auto& parameter : model.named_parameters()) {
        if (parameter.value().grad().defined()) gradients[parameter.key()] = parameter.value().grad().clone();
    }
    touched.clear();
    for (const auto& [name, table] : model.tables()) {
        const torch::Tensor rows = torch::tensor(table->touched_rows());
        for (std::int64_t i = 1; i < rows.size(0); ++i) touched.insert(rows[i].item<std::int64_t>());
        gradients[name + ".weight"] =
            torch::zeros_like(table->weight).index_copy_(0, rows, table->touched_gradient());
    }
    return gradients;
}

// One weight under the formulas of the contract comment, in double.
struct ReferenceWeight {
    double w, first = 0, second = 0;

    void step(Optimizer optimizer, double gradient, double lr, double decay, int t) {
        const double g = gradient + decay * w;
        switch (optimizer) {
            case Optimizer::adam:
                first = 0.9 * first + 0.1 * g;
                second = 0.999 * second + 0.001 * g * g;
                w -= lr * std::sqrt(1 - std::pow(0.999, t)) / (1 - std::pow(0.9, t)) * first /
                     (std::sqrt(second) + 1e-8);
                break;
            case Optimizer::adagrad:
                first += g * g;
                w -= lr * g / std::sqrt(first + 1e-7);
                break;
            case Optimizer::rmsprop:
                first = 0.9 * first + 0.1 * g * g;
                w -= lr * g / std::sqrt(first + 1e-8);
                break;
            case Optimizer::adadelta: {
                first = 0.9 * first + 0.1 * g * g;
                const double delta = std::sqrt(second + 1e-5) / std::sqrt(first + 1e-5) * g;
                second = 0.9 * second + 0.1 * delta * delta;
                w -= delta;
                break;
            }
            case Optimizer::sgd:
                w -= lr * g;
                break;
        }
    }
};

struct Case {
    Optimizer optimizer;
    EmbeddingStorage storage;
    double weight_decay;
};

class Optimizers : public testing::TestWithParam<Case> {};

TEST_P(Optimizers, FollowTheirFormulas) {
    const auto& [optimizer, storage, decay] = GetParam();
    const Options options = options_of(optimizer, storage, decay);
    const auto model = model_of(options);
    OptimizerState state(*model);
    std::map<std::string, std::vector<ReferenceWeight>> reference;
    for (const auto& [name, tensor] : parameters_of(*model)) {
        for (std::int64_t i = 0; i < tensor.numel(); ++i)
            reference[name].push_back({tensor.reshape({-1})[i].item<double>()});
    }
    std::set<std::int64_t> touched;
    for (int t = 1; t <= 20; ++t) {
        const Tensors gradients = gradients_after(*model, batch_of(t), touched);
        for (auto& [name, weights] : reference) {
            const bool table = name == "embed_shared.weight";
            const torch::Tensor flat = gradients.at(name).contiguous().view({-1});
            for (std::size_t i = 0; i < weights.size(); ++i) {
                const bool lazy = table && storage == EmbeddingStorage::row_sparse;
                if (lazy && !touched.contains(static_cast<std::int64_t>(i) / options.enc_dim)) continue;
                const bool bias = name.find(".bias") != std::string::npos;
                weights[i].step(optimizer, flat[static_cast<std::int64_t>(i)].item<double>(),
                                options.learning_rate, bias ? 0 : decay, t);
            }
        }
        state.step();
    }
    state.settle();
    EXPECT_EQ(state.steps(), 20);
    for (const auto& [name, tensor] : parameters_of(*model)) {
        const torch::Tensor flat = tensor.contiguous().view({-1});
        for (std::int64_t i = 0; i < flat.numel(); ++i) {
            EXPECT_NEAR(flat[i].item<double>(), reference[name][static_cast<std::size_t>(i)].w, 2e-5)
                << name << '[' << i << ']';
        }
    }
    const torch::Tensor padding = model->table(0).weight[0];
    EXPECT_EQ(padding.abs().max().item<float>(), 0);
}

constexpr auto kDense = EmbeddingStorage::dense;
constexpr auto kSparse = EmbeddingStorage::row_sparse;

INSTANTIATE_TEST_SUITE_P(
    All, Optimizers,
    testing::Values(Case{Optimizer::adam, kDense, 0}, Case{Optimizer::adam, kDense, 0.03},
                    Case{Optimizer::adam, kSparse, 0.03}, Case{Optimizer::adagrad, kDense, 0.03},
                    Case{Optimizer::adagrad, kSparse, 0}, Case{Optimizer::sgd, kDense, 0.03},
                    Case{Optimizer::sgd, kSparse, 0.03}, Case{Optimizer::rmsprop, kDense, 0.03},
                    Case{Optimizer::adadelta, kDense, 0.03}),
    [](const testing::TestParamInfo<Case>& chosen) {
        return std::string(to_text(chosen.param.optimizer)) + '_' +
               std::string(to_text(chosen.param.storage)) + (chosen.param.weight_decay > 0 ? "_decay" : "");
    });

TEST(RowSparse, LeavesUntouchedRowsAlone) {
    const auto model = model_of(options_of(Optimizer::adam, kSparse, 0.5));
    OptimizerState state(*model);
    const torch::Tensor before = model->table(0).weight.clone();
    std::set<std::int64_t> touched;
    gradients_after(*model, batch_of(1), touched);
    state.step();
    const torch::Tensor& after = model->table(0).weight;
    for (std::int64_t row = 0; row < after.size(0); ++row) {
        EXPECT_EQ(torch::equal(before[row], after[row]), !touched.contains(row)) << row;
    }
}

// torch::optim::SGD and Adam have the same formulas, but for Adam's epsilon, which stands beside the root
// before its bias correction here: with gradients far above 1e-8 it does not show.
TEST(TorchOptim, AgreesOnSgdAndAdam) {
    for (const Optimizer optimizer : {Optimizer::sgd, Optimizer::adam}) {
        const Options options = options_of(optimizer, kDense, 0);
        const auto ours = model_of(options), theirs = model_of(options);
        OptimizerState state(*ours);
        std::vector<torch::Tensor> parameters;
        for (auto& parameter : theirs->parameters()) parameters.push_back(parameter.set_requires_grad(true));
        torch::optim::SGD sgd(parameters, torch::optim::SGDOptions(options.learning_rate));
        torch::optim::Adam adam(parameters, torch::optim::AdamOptions(options.learning_rate));
        std::set<std::int64_t> touched;
        const double scale = optimizer == Optimizer::adam ? 1e4 : 1;
        for (int t = 1; t <= 10; ++t) {
            const Tensors gradients = gradients_after(*ours, batch_of(t), touched, scale);
            state.step();
            for (auto& parameter : theirs->named_parameters()) {
                parameter.value().mutable_grad() = gradients.at(parameter.key()).contiguous();
            }
            if (optimizer == Optimizer::sgd) {
                sgd.step();
            } else {
                adam.step();
            }
        }
        state.settle();
        const Tensors expected = parameters_of(*theirs);
        for (const auto& [name, tensor] : parameters_of(*ours)) {
            EXPECT_TRUE(torch::allclose(tensor, expected.at(name), 1e-4, 2e-5)) << name;
        }
    }
}

}  // namespace
}  // namespace o2v::model
