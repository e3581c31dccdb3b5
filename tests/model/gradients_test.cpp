// Outputs and gradients of every encoder, comparator and output layer against the plain reference network.
#include <gtest/gtest.h>

#include <tuple>

#include "model/initializers.hpp"
#include "model/metrics.hpp"
#include "model/object2vec.hpp"
#include "reference_network.hpp"

namespace o2v::model {
namespace {

struct Case {
    const char* name;
    Network network;
    std::int64_t layers, width;
    std::vector<Comparator> comparators;
    OutputLayer output;
    std::int64_t mlp_layers;
    Activation activation;
    bool tied;
};

constexpr auto kAll = {Comparator::hadamard, Comparator::concat, Comparator::abs_diff};

Options options_of(const Case& c) {
    Options options;
    options.enc_dim = 7;  // odd, and no multiple of the layers
    for (EncoderOptions& enc : options.enc) {
        enc.network = c.network;
        enc.layers = c.layers;
        enc.cnn_filter_width = c.width;
        enc.token_embedding_dim = c.network == Network::pooled_embedding ? 7 : 5;
        enc.max_seq_len = 12;
        enc.vocab_size = 9;
    }
    if (!c.tied) options.enc[1].vocab_size = 11;
    options.comparators = c.comparators;
    options.mlp_layers = c.mlp_layers;
    options.mlp_dim = 6;
    options.mlp_activation = c.activation;
    options.output_layer = c.output;
    options.num_classes = 3;
    options.tied_token_embedding_weight = c.tied;
    return options;
}

void append(data::Sequences& to, std::initializer_list<std::int32_t> tokens) {
    to.tokens.insert(to.tokens.end(), tokens);
    to.offsets.push_back(static_cast<std::int64_t>(to.tokens.size()));
}

// Repeated tokens, padding within, padding alone, an empty sequence, one of max_seq_len.
data::Batch batch_of(OutputLayer output) {
    data::Batch batch;
    append(batch.side[0], {3, 3, 0, 5});
    append(batch.side[1], {1});
    append(batch.side[0], {0, 0});
    append(batch.side[1], {2, 8, 4});
    append(batch.side[0], {7, 1, 2});
    append(batch.side[1], {});
    append(batch.side[0], {1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4});
    append(batch.side[1], {6, 0, 5, 3});
    batch.labels =
        output == OutputLayer::softmax ? std::vector<float>{0, 2, 1, 1} : std::vector<float>{0.5f, -1, 2, 0};
    return batch;
}

std::shared_ptr<Object2Vec> model_of(const Options& options) {
    const auto model = std::make_shared<Object2Vec>(options);
    initialize(*model, 17);
    // Larger than the initial ones: nothing is near a kink, and biases take part.
    const torch::NoGradGuard no_grad;
    for (const auto& [name, tensor] : parameters_of(*model)) {
        torch::Tensor weight = tensor;
        if (name.starts_with("embed_")) weight.mul_(10);
        if (name.find("bias") != std::string::npos) {
            weight.copy_(torch::linspace(-0.2, 0.3, weight.numel()).view(weight.sizes()));
        }
    }
    return model;
}

class Gradients : public testing::TestWithParam<Case> {};

TEST_P(Gradients, OutputsAgreeWithTheReference) {
    const auto model = model_of(options_of(GetParam()));
    const data::Batch batch = batch_of(GetParam().output);
    const ReferenceNetwork reference(*model);
    const auto alone = [&](std::int64_t b) {  // padded to less than max_seq_len where that suffices
        data::Batch one;
        data::append_pair(one, batch, b, b, 0);
        return model->forward(one)[0];
    };
    for (const bool training : {false, true}) {
        model->train(training);
        const torch::Tensor outputs = model->forward(batch).detach();
        for (std::int64_t b = 0; b < batch.size(); ++b) {
            const auto expected = reference.outputs(batch.side[0][b], batch.side[1][b]);
            ASSERT_EQ(static_cast<std::int64_t>(expected.size()), outputs.size(1));
            EXPECT_TRUE(torch::allclose(alone(b), outputs[b], 1e-5, 1e-6)) << "pair " << b;
            for (std::size_t k = 0; k < expected.size(); ++k) {
                EXPECT_NEAR(outputs[b][static_cast<std::int64_t>(k)].item<double>(), expected[k], 1e-5)
                    << "pair " << b << ", output " << k << ", training " << training;
            }
        }
    }
}

// Central differences of the reference in double with h = 1e-5: their own error is below 1e-8.
TEST_P(Gradients, AgreeWithFiniteDifferences) {
    const auto model = model_of(options_of(GetParam()));
    const data::Batch batch = batch_of(GetParam().output);
    ReferenceNetwork reference(*model);
    model->train();
    const torch::Tensor loss =
        training_loss(GetParam().output, model->forward(batch), torch::tensor(batch.labels));
    EXPECT_NEAR(loss.item<double>(), reference.loss(batch), 1e-5);
    loss.backward();

    Tensors gradients;  // dense ones, token tables too
    for (const auto& parameter : model->named_parameters()) {
        if (parameter.value().grad().defined()) gradients[parameter.key()] = parameter.value().grad();
    }
    for (const auto& [name, table] : model->tables()) {
        const torch::Tensor gradient = table->touched_gradient();
        ASSERT_TRUE(gradient.defined());
        EXPECT_EQ(gradient[0].abs().max().item<float>(), 0) << "the padding's row";
        gradients[name + ".weight"] =
            torch::zeros_like(table->weight).index_copy_(0, torch::tensor(table->touched_rows()), gradient);
    }

    constexpr double kStep = 1e-5;
    for (auto& [name, values] : reference.parameters) {
        ASSERT_TRUE(gradients.contains(name)) << name;
        const torch::Tensor flat = gradients[name].contiguous().view({-1});
        for (std::size_t i = 0; i < values.size(); ++i) {
            const double value = values[i];
            values[i] = value + kStep;
            const double above = reference.loss(batch);
            values[i] = value - kStep;
            const double below = reference.loss(batch);
            values[i] = value;
            EXPECT_NEAR(flat[static_cast<std::int64_t>(i)].item<double>(), (above - below) / (2 * kStep),
                        2e-5)
                << name << '[' << i << ']';
        }
    }
}

constexpr auto kSoftmax = OutputLayer::softmax;
constexpr auto kSquared = OutputLayer::mean_squared_error;

INSTANTIATE_TEST_SUITE_P(
    All, Gradients,
    testing::Values(Case{"pooled_all_softmax", Network::pooled_embedding, 1, 3, kAll, kSoftmax, 1,
                         Activation::tanh, false},
                    Case{"pooled_all_squared_tied", Network::pooled_embedding, 1, 3, kAll, kSquared, 2,
                         Activation::relu, true},
                    Case{"pooled_hadamard_softmax_no_mlp",
                         Network::pooled_embedding,
                         1,
                         3,
                         {Comparator::hadamard},
                         kSoftmax,
                         0,
                         Activation::linear,
                         true},
                    Case{"pooled_concat_squared",
                         Network::pooled_embedding,
                         1,
                         3,
                         {Comparator::concat},
                         kSquared,
                         1,
                         Activation::linear,
                         false},
                    Case{"hcnn_all_softmax", Network::hcnn, 3, 3, kAll, kSoftmax, 1, Activation::tanh, false},
                    Case{"hcnn_even_width_squared_tied",
                         Network::hcnn,
                         2,
                         4,
                         {Comparator::abs_diff, Comparator::concat},
                         kSquared,
                         1,
                         Activation::relu,
                         true},
                    Case{"hcnn_width_1_hadamard",
                         Network::hcnn,
                         1,
                         1,
                         {Comparator::hadamard},
                         kSoftmax,
                         1,
                         Activation::linear,
                         false},
                    Case{"hcnn_wide_abs_diff",
                         Network::hcnn,
                         4,
                         9,
                         {Comparator::abs_diff},
                         kSquared,
                         0,
                         Activation::linear,
                         false},
                    Case{"bilstm_all_softmax", Network::bilstm, 1, 3, kAll, kSoftmax, 1, Activation::relu,
                         false},
                    Case{"bilstm_two_layers_squared_tied",
                         Network::bilstm,
                         2,
                         3,
                         {Comparator::concat, Comparator::hadamard},
                         kSquared,
                         1,
                         Activation::tanh,
                         true},
                    Case{"bilstm_abs_diff",
                         Network::bilstm,
                         1,
                         3,
                         {Comparator::abs_diff},
                         kSoftmax,
                         0,
                         Activation::linear,
                         false}),
    [](const testing::TestParamInfo<Case>& chosen) { return std::string(chosen.param.name); });

}  // namespace
}  // namespace o2v::model
