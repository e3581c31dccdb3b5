// The loops of kernels/ and LibTorch's operations over padded batches, on a CPU or a GPU, are the same
// network.
#include <gtest/gtest.h>

#include <string>

#include "gpu.hpp"
#include "model/initializers.hpp"
#include "model/metrics.hpp"
#include "model/object2vec.hpp"
#include "search/study/assignment.hpp"

namespace o2v::model {
namespace {

struct Case {
    std::string name;
    Network network[2];
    std::int64_t layers, width;
    Activation activation;
    OutputLayer output;
    bool tied;
};

Options options_of(const Case& c) {
    Options options;
    options.enc_dim = 22;
    for (int side = 0; side < 2; ++side) {
        EncoderOptions& enc = options.enc[side];
        enc.network = c.network[side];
        enc.layers = c.network[side] == Network::pooled_embedding ? 1 : c.layers;
        enc.cnn_filter_width = c.width;
        enc.token_embedding_dim =
            c.network[side] == Network::pooled_embedding || c.tied ? options.enc_dim : 17;
        enc.max_seq_len = 12;
        enc.vocab_size = 40;
    }
    options.tied_token_embedding_weight = c.tied;
    options.mlp_layers = 2;
    options.mlp_dim = 13;
    options.mlp_activation = c.activation;
    options.output_layer = c.output;
    options.num_classes = 3;
    return options;
}

// Seed 5: lengths 1 to 12, some ids 0, some tokens repeated.
data::Batch random_batch() {
    Rng rng(5);
    data::Batch batch;
    for (int pair = 0; pair < 9; ++pair) {
        for (data::Sequences& side : batch.side) {
            const std::uint64_t length = pair == 0 ? 12 : 1 + uniform_index(rng, 12);
            for (std::uint64_t k = 0; k < length; ++k) {
                side.tokens.push_back(static_cast<std::int32_t>(pair == 1 ? 0 : uniform_index(rng, 40)));
            }
            side.offsets.push_back(static_cast<std::int64_t>(side.tokens.size()));
        }
        batch.labels.push_back(static_cast<float>(uniform_index(rng, 3)));
    }
    return batch;
}

struct Results {
    torch::Tensor outputs, inferred;
    Tensors gradients;
};

Results run(const Options& options, bool plain, const torch::Device& device = torch::kCPU) {
    Object2Vec model(options);
    initialize(model, 3);
    {
        const torch::NoGradGuard no_grad;
        std::uint64_t seed = 1;
        for (const auto& parameter : model.named_parameters()) {
            if (parameter.key().find("bias") == std::string::npos) continue;
            torch::manual_seed(seed++);
            parameter.value().uniform_(-0.2, 0.2);
        }
    }
    if (plain) model.use_plain_operations();
    model.to(device);
    const data::Batch batch = random_batch();
    Results results;
    model.eval();
    results.inferred = model.forward(batch).detach();
    model.train();
    const torch::Tensor outputs = model.forward(batch);
    training_loss(options.output_layer, outputs, torch::tensor(batch.labels).to(device)).backward();
    results.outputs = outputs.detach();
    for (const auto& parameter : model.named_parameters()) {
        if (parameter.value().grad().defined()) results.gradients[parameter.key()] = parameter.value().grad();
    }
    for (const auto& [name, table] : model.tables()) results.gradients[name] = table->touched_gradient();
    for (torch::Tensor* const tensor : {&results.inferred, &results.outputs}) *tensor = tensor->cpu();
    results.gradients = copy_of(results.gradients);
    return results;
}

void expect_close(const torch::Tensor& a, const torch::Tensor& b, const std::string& what) {
    ASSERT_EQ(a.sizes(), b.sizes()) << what;
    EXPECT_LE((a - b).abs().max().item<double>(), 1e-5 * (b.abs().max().item<double>() + 1e-6)) << what;
}

void expect_close(const Results& a, const Results& b) {
    expect_close(a.outputs, b.outputs, "outputs");
    expect_close(a.inferred, b.inferred, "outputs at inference");
    ASSERT_EQ(a.gradients.size(), b.gradients.size());
    for (const auto& [name, gradient] : a.gradients) {
        // The padding's row of the leaf takes no gradient in the one path and an ignored one in the other.
        const bool table = name.starts_with("embed_");
        expect_close(table ? gradient.slice(0, 1) : gradient,
                     table ? b.gradients.at(name).slice(0, 1) : b.gradients.at(name), name);
    }
}

class Paths : public testing::TestWithParam<Case> {};

TEST_P(Paths, Agree) {
    const Options options = options_of(GetParam());
    expect_close(run(options, false), run(options, true));
}

class PathsOnAGpu : public OnAGpu, public testing::WithParamInterface<Case> {};

TEST_P(PathsOnAGpu, AgreeWithTheCpu) {
    const Options options = options_of(GetParam());
    expect_close(run(options, false), run(options, true, kGpu));
}

constexpr auto kPooled = Network::pooled_embedding;
constexpr auto kHcnn = Network::hcnn;
constexpr auto kBilstm = Network::bilstm;
constexpr auto kSoftmax = OutputLayer::softmax;
constexpr auto kSquared = OutputLayer::mean_squared_error;

const Case kCases[] = {
    {"pooled", {kPooled, kPooled}, 1, 3, Activation::tanh, kSoftmax, false},
    {"pooled_tied", {kPooled, kPooled}, 1, 3, Activation::relu, kSquared, true},
    {"hcnn", {kHcnn, kHcnn}, 4, 3, Activation::linear, kSoftmax, false},
    {"hcnn_one_layer_tied", {kHcnn, kHcnn}, 1, 5, Activation::tanh, kSoftmax, true},
    {"hcnn_even_width", {kHcnn, kHcnn}, 3, 4, Activation::relu, kSquared, false},
    {"hcnn_width_one", {kHcnn, kHcnn}, 2, 1, Activation::relu, kSquared, false},
    {"bilstm", {kBilstm, kBilstm}, 1, 3, Activation::tanh, kSoftmax, false},
    {"bilstm_two_layers_tied", {kBilstm, kBilstm}, 2, 3, Activation::relu, kSquared, true},
    {"mixed", {kHcnn, kBilstm}, 2, 3, Activation::tanh, kSoftmax, false},
    {"mixed_tied", {kPooled, kHcnn}, 2, 2, Activation::relu, kSoftmax, true},
};
std::string name_of(const testing::TestParamInfo<Case>& c) {
    return c.param.name;
}

INSTANTIATE_TEST_SUITE_P(All, Paths, testing::ValuesIn(kCases), name_of);
INSTANTIATE_TEST_SUITE_P(All, PathsOnAGpu, testing::ValuesIn(kCases), name_of);

}  // namespace
}  // namespace o2v::model
