#include "model/metrics.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "model/dropout.hpp"
#include "model/initializers.hpp"
#include "model/training.hpp"
#include "search/study/errors.hpp"

namespace o2v::model {
namespace {

TEST(MetricSums, CrossEntropyAndAccuracyOverAllRows) {
    MetricSums sums(OutputLayer::softmax, torch::kCPU);
    sums.add(torch::tensor({{0.0f, std::log(3.0f)}, {std::log(3.0f), 0.0f}}), torch::tensor({1.0f, 1.0f}));
    sums.add(torch::tensor({{0.0f, 0.0f}}), torch::tensor({0.0f}));
    const Metrics means = sums.means("validation");
    EXPECT_EQ(means.size(), 2u);
    EXPECT_NEAR(means.at("validation:cross_entropy"), (-std::log(0.75) - std::log(0.25) - std::log(0.5)) / 3,
                1e-6);
    EXPECT_NEAR(means.at("validation:accuracy"), 2.0 / 3, 1e-12);
    EXPECT_TRUE(sums.finite());
}

TEST(MetricSums, SquaredAndAbsoluteError) {
    MetricSums sums(OutputLayer::mean_squared_error, torch::kCPU);
    sums.add(torch::tensor({{1.0f}, {2.0f}}), torch::tensor({3.0f, 1.0f}));
    const Metrics means = sums.means("test");
    EXPECT_NEAR(means.at("test:mean_squared_error"), 2.5, 1e-12);
    EXPECT_NEAR(means.at("test:mean_absolute_error"), 1.5, 1e-12);
    sums.add(torch::tensor({{std::numeric_limits<float>::infinity()}}), torch::tensor({0.0f}));
    EXPECT_FALSE(sums.finite());
}

TEST(MetricSums, PearsonIsTheCorrelationOverAllRows) {
    MetricSums sums(OutputLayer::mean_squared_error, torch::kCPU);
    sums.add(torch::tensor({{1.0f}, {2.0f}}), torch::tensor({2.0f, 1.0f}));
    sums.add(torch::tensor({{3.0f}, {4.0f}}), torch::tensor({4.0f, 5.0f}));
    // Deviations -1.5 -0.5 0.5 1.5 and -1 -2 1 2: 6 / sqrt(5 * 10).
    EXPECT_NEAR(sums.means("test").at("test:pearson"), 6 / std::sqrt(50.0), 1e-12);

    MetricSums opposed(OutputLayer::mean_squared_error, torch::kCPU);
    opposed.add(torch::tensor({{1000.5f}, {1001.0f}}), torch::tensor({-7.0f, -8.0f}));
    EXPECT_NEAR(opposed.means("test").at("test:pearson"), -1, 1e-9);

    MetricSums constant(OutputLayer::mean_squared_error, torch::kCPU);
    constant.add(torch::tensor({{3.3f}, {3.3f}, {3.3f}}), torch::tensor({1.0f, 2.0f, 4.0f}));
    EXPECT_EQ(constant.means("test").at("test:pearson"), 0);
}

// MXNet's LinearRegressionOutput: (prediction - label) / batch.
TEST(TrainingLoss, GradientOfTheSquaredErrorIsHalf) {
    const torch::Tensor outputs = torch::tensor({{1.0f}, {2.0f}}).set_requires_grad(true);
    training_loss(OutputLayer::mean_squared_error, outputs, torch::tensor({3.0f, 1.0f})).backward();
    EXPECT_TRUE(torch::allclose(outputs.grad(), torch::tensor({{-1.0f}, {0.5f}})));
}

// 100,000 draws at rate 0.3: five standard deviations are 0.0073; a false alarm in 2 million seeds.
TEST(Dropout, ZeroesItsShareAndScalesTheRest) {
    Dropout dropout(0.3);
    dropout.seed(1, torch::kCPU);
    const torch::Tensor ones = torch::ones({100, 1000}), dropped = dropout.apply(ones, true);
    EXPECT_NEAR(dropped.eq(0).to(torch::kFloat64).mean().item<double>(), 0.3, 0.0073);
    EXPECT_FLOAT_EQ(dropped.max().item<float>(), 1 / 0.7f);
    EXPECT_FALSE(torch::equal(dropout.apply(ones, true), dropped)) << "a new mask at every call";
    dropout.seed(1, torch::kCPU);
    EXPECT_TRUE(torch::equal(dropout.apply(ones, true), dropped)) << "the same masks after the same seed";
    EXPECT_TRUE(torch::equal(dropout.apply(ones, false), ones));
    EXPECT_EQ(Dropout(1).apply(ones, true).abs().max().item<float>(), 0);
}

Options small_options() {
    Options options;
    options.enc_dim = 6;
    for (EncoderOptions& enc : options.enc) {
        enc.network = Network::pooled_embedding;
        enc.layers = 1;
        enc.token_embedding_dim = 6;
        enc.max_seq_len = 3;
        enc.vocab_size = 10;
    }
    options.mlp_dim = 4;
    options.mini_batch_size = 4;
    return options;
}

std::shared_ptr<data::Dataset> ten_pairs(float label = 1) {
    data::Pairs pairs;
    for (std::int32_t i = 0; i < 10; ++i) {
        for (data::Sequences& side : pairs.side) {
            side.tokens.push_back(i);
            side.offsets.push_back(i + 1);
        }
        pairs.labels.push_back(label);
    }
    return std::make_shared<data::Dataset>(std::move(pairs));
}

TEST(Initialize, IsAFunctionOfTheSeedWithinItsBounds) {
    Object2Vec a(small_options()), b(small_options()), c(small_options());
    initialize(a, 1);
    initialize(b, 1);
    initialize(c, 2);
    const Tensors wa = parameters_of(a), wb = parameters_of(b), wc = parameters_of(c);
    for (const auto& [name, tensor] : wa) {
        EXPECT_TRUE(torch::equal(tensor, wb.at(name))) << name;
        const bool bias = name.find("bias") != std::string::npos;
        EXPECT_EQ(torch::equal(tensor, wc.at(name)), bias) << name;
    }
    const torch::Tensor& table = wa.at("embed_0.weight");
    EXPECT_EQ(table[0].abs().max().item<float>(), 0);
    EXPECT_LE(table.abs().max().item<double>(), kEmbeddingBound);
    EXPECT_GT(table.abs().max().item<double>(), 0.8 * kEmbeddingBound);
    EXPECT_FALSE(torch::equal(table, wa.at("embed_1.weight")));
}

TEST(Trainer, NegativesCountAsTrainedPairs) {
    Options options = small_options();
    options.negative_sampling_rate = 3;
    Trainer trainer(options, 1, torch::kCPU, ten_pairs());
    EXPECT_EQ(trainer.train_epoch()->pairs, 40);
}

TEST(Trainer, StopsBetweenBatches) {
    Trainer trainer(small_options(), 1, torch::kCPU, ten_pairs());
    int asked = 0;
    EXPECT_FALSE(trainer.train_epoch([&] { return ++asked == 2; }).has_value());
    EXPECT_EQ(asked, 2);
    EXPECT_EQ(trainer.epochs_done(), 0);
}

TEST(Trainer, TakesLowerPrecisionOnAGpuAlone) {
    Options options = small_options();
    options.precision = Precision::bfloat16;
    EXPECT_THROW(Trainer(options, 1, torch::kCPU, ten_pairs()), InputError);
}

TEST(Trainer, SaysWhenTheLossIsNotFinite) {
    Options options = small_options();
    options.output_layer = OutputLayer::mean_squared_error;
    Trainer trainer(options, 1, torch::kCPU, ten_pairs(std::numeric_limits<float>::infinity()));
    const auto result = trainer.train_epoch();
    EXPECT_FALSE(result->finite);
    EXPECT_TRUE(result->metrics.empty());
}

}  // namespace
}  // namespace o2v::model
