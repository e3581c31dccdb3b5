// Networks and optimizers against PyTorch in float64: golden/*.safetensors, written by golden/generate.py.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "model/format/config.hpp"
#include "model/json_values.hpp"
#include "model/metrics.hpp"
#include "model/object2vec.hpp"
#include "model/optimizer_state.hpp"
#include "model/safetensors.hpp"

namespace o2v::model {
namespace {

using nlohmann::json;

struct Golden {
    TensorFile file;
    json cases;  // name -> hyperparameters under SageMaker's names

    explicit Golden(const std::string& name)
        : file(read_safetensors(O2V_SOURCE_DIR "/tests/model/golden/" + name + ".safetensors")),
          cases(json::parse(file.metadata.at("cases"))) {}

    torch::Tensor operator[](const std::string& name) const { return file.tensors.at(name); }
    data::Sequences sequences(const std::string& name) const {
        const torch::Tensor offsets = file.tensors.at(name + ".offsets"),
                            tokens = file.tensors.at(name + ".tokens");
        const auto *o = offsets.data_ptr<std::int64_t>(), *const o_end = o + offsets.numel();
        const auto *t = tokens.data_ptr<std::int32_t>(), *const t_end = t + tokens.numel();
        return {{o, o_end}, {t, t_end}};
    }
    data::Pairs pairs(const std::string& prefix) const {
        const torch::Tensor labels = file.tensors.at(prefix + "labels");
        const auto* const l = labels.data_ptr<float>();
        return {{sequences(prefix + "in0"), sequences(prefix + "in1")}, {l, l + labels.numel()}};
    }
};

data::Batch rows_of(const data::Dataset& pairs, std::int64_t begin, std::int64_t end) {
    data::Batch batch;
    for (std::int64_t row = begin; row < end; ++row)
        data::append_pair(batch, pairs, row, row, pairs.labels[static_cast<std::size_t>(row)]);
    return batch;
}

std::shared_ptr<Object2Vec> model_of(const json& hyperparameters, const torch::Tensor& weights) {
    const auto model = std::make_shared<Object2Vec>(resolve(assignment_from_json(hyperparameters)));
    Tensors parameters;
    std::int64_t begin = 0;
    for (const auto& [name, own] : parameters_of(*model)) {  // in the order of their names, as in the file
        parameters[name] = weights.narrow(0, begin, own.numel()).view(own.sizes());
        begin += own.numel();
    }
    EXPECT_EQ(begin, weights.numel());
    load_parameters(*model, parameters);
    return model;
}

// The largest error relative to the tensor's largest magnitude; 0 for two tensors of zeros. An error of one
// element relative to itself says little: gradients are sums in which large terms cancel, and float32's error
// is that of the terms.
double error_of(const torch::Tensor& got, const torch::Tensor& expected) {
    EXPECT_EQ(got.sizes(), expected.sizes());
    const torch::Tensor exact = expected.to(torch::kFloat64);
    const double error = (got.to(torch::kFloat64) - exact).abs().max().item<double>();
    return error == 0 ? 0 : error / exact.abs().max().item<double>();
}

constexpr double kTolerance = 1e-5;
// Of the optimizers' moments. Adam's first is a mean of gradients that nearly cancel after 100 steps, with
// their errors left in full; its second is 1.3e-5 off where 1 - .999 is computed in float, as MXNet does.
constexpr double kMomentTolerance = 1e-4;

class Comparison {
  public:
    void add(const std::string& what, const torch::Tensor& got, const torch::Tensor& expected,
             double tolerance = kTolerance) {
        const double error = error_of(got, expected);
        EXPECT_LE(error, tolerance) << what << "\ngot " << got << "\nexpected " << expected;
        if (!(error <= worst_)) worst_ = error;
    }
    // Every tensor of `got` against its part of `expected`, where they stand in the order of their names.
    void add_all(const std::string& what, const Tensors& got, const torch::Tensor& expected,
                 double tolerance = kTolerance) {
        std::int64_t begin = 0;
        for (const auto& [name, tensor] : got) {
            add(what + ' ' + name, tensor, expected.narrow(0, begin, tensor.numel()).view(tensor.sizes()),
                tolerance);
            begin += tensor.numel();
        }
        EXPECT_EQ(begin, expected.numel()) << what;
    }
    double worst() const { return worst_; }

  private:
    double worst_ = 0;
};

// After backward, by parameter: zeros where nothing depended on it, token tables over all rows.
Tensors gradients_of(Object2Vec& model) {
    Tensors gradients;
    for (const auto& parameter : model.named_parameters()) {
        const torch::Tensor gradient = parameter.value().grad();
        gradients[parameter.key()] = gradient.defined() ? gradient : torch::zeros(parameter.value().sizes());
    }
    for (const auto& [name, table] : model.tables()) {
        torch::Tensor& whole = gradients[name + ".weight"];
        const torch::Tensor gradient = table->touched_gradient();
        if (gradient.defined()) whole.index_copy_(0, torch::tensor(table->touched_rows()), gradient);
    }
    return gradients;
}

// ---- outputs, losses and gradients

class GoldenNetworks : public testing::TestWithParam<const char*> {};

TEST_P(GoldenNetworks, AgreeInOutputsLossAndGradients) {
    const Golden golden("networks");
    Comparison comparison;
    int compared = 0;
    for (const auto& [name, hyperparameters] : golden.cases.items()) {
        if (!name.starts_with(GetParam())) continue;
        SCOPED_TRACE(name + ": " + hyperparameters.dump());
        ++compared;
        const auto model = model_of(hyperparameters, golden[name + "/weights"]);
        const data::Pairs pairs = golden.pairs(name + '/');
        const data::Batch batch = rows_of(pairs, 0, pairs.size());
        const torch::Tensor outputs = golden[name + "/outputs"];

        model->eval();
        {
            const torch::NoGradGuard no_grad;
            comparison.add("in0's encodings", model->embed(0, batch.side[0]), golden[name + "/encoded0"]);
            comparison.add("in1's encodings", model->embed(1, batch.side[1]), golden[name + "/encoded1"]);
            comparison.add("outputs", model->forward(batch), outputs);
            std::vector<torch::Tensor> alone;
            for (std::int64_t row = 0; row < pairs.size(); ++row)
                alone.push_back(model->forward(rows_of(pairs, row, row + 1)));
            comparison.add("outputs one by one", torch::cat(alone), outputs);
        }

        model->train();
        const torch::Tensor trained = model->forward(batch);
        comparison.add("outputs in training", trained.detach(), outputs);
        const torch::Tensor loss =
            training_loss(model->options().output_layer, trained, torch::tensor(batch.labels));
        comparison.add("loss", loss.detach(), golden[name + "/loss"]);
        loss.backward();
        comparison.add_all("gradient of", gradients_of(*model), golden[name + "/gradients"]);
    }
    EXPECT_GE(compared, 6);
    RecordProperty("largest_error", std::to_string(comparison.worst() * 1e6) + "e-6");
}

INSTANTIATE_TEST_SUITE_P(Encoders, GoldenNetworks,
                         testing::Values("pooled_embedding", "hcnn", "bilstm", "mixed"),
                         [](const auto& encoder) { return std::string(encoder.param); });

// ---- optimizers

constexpr std::int64_t kSteps = 100, kRows = 4;  // as in generate.py

// Brings the model up to date before its weights are read.
Tensors weights_of(const Object2Vec& model, OptimizerState& optimizer) {
    optimizer.settle();
    return parameters_of(model);
}

// `part` of the moments, "first" or "second", by parameter.
Tensors moments_of(OptimizerState& optimizer, const std::string& part) {
    Tensors moments;
    for (const auto& [name, tensor] : optimizer.moments()) {
        if (name.ends_with('.' + part)) moments[name.substr(0, name.size() - part.size() - 1)] = tensor;
    }
    return moments;
}

class GoldenOptimizers : public testing::TestWithParam<const char*> {};

// 100 steps of a small network with all kinds of parameters (hcnn beside bilstm); token 9 stands in the first
// step alone, 10 in the last, 11 in two, 12 in every 30th, 13 nowhere. Both sides compute their own
// gradients, so this bounds the drift of a whole training and no rounding is forgiven.
TEST_P(GoldenOptimizers, AgreeAfterAHundredSteps) {
    const Golden golden("optimizers");
    const data::Pairs pairs = golden.pairs("");
    ASSERT_EQ(pairs.size(), kSteps * kRows);
    Comparison weights, moments;
    int compared = 0;
    for (const auto& [name, hyperparameters] : golden.cases.items()) {
        if (!name.starts_with(GetParam())) continue;
        SCOPED_TRACE(name);
        ++compared;
        const auto model = model_of(hyperparameters, golden["weights"]);
        const Tensors before = copy_of(parameters_of(*model));
        OptimizerState optimizer(*model);
        model->train();
        for (std::int64_t step = 0; step < kSteps; ++step) {
            const data::Batch batch = rows_of(pairs, step * kRows, (step + 1) * kRows);
            training_loss(model->options().output_layer, model->forward(batch), torch::tensor(batch.labels))
                .backward();
            optimizer.step();
        }
        EXPECT_EQ(optimizer.steps(), kSteps);
        const Tensors after = weights_of(*model, optimizer);
        weights.add_all("weights of", after, golden[name + "/weights"]);
        for (const char* const part : {"first", "second"}) {
            const Tensors ours = moments_of(optimizer, part);
            const auto theirs = golden.file.tensors.find(name + '/' + part);
            ASSERT_EQ(ours.empty(), theirs == golden.file.tensors.end());
            if (ours.empty()) continue;
            moments.add_all(part + std::string(" moments of"), ours, theirs->second, kMomentTolerance);
        }
        for (const auto& [table, unused] : model->tables()) {
            const torch::Tensor was = before.at(table + ".weight"), is = after.at(table + ".weight");
            EXPECT_EQ(is[0].abs().max().item<float>(), 0) << "the padding's row";
            const bool decays = model->options().token_embedding_storage == EmbeddingStorage::dense &&
                                model->options().weight_decay > 0;
            EXPECT_EQ(torch::equal(is[13], was[13]), !decays) << "the row without a token";
        }
    }
    EXPECT_GE(compared, 2);
    RecordProperty("largest_error", std::to_string(weights.worst() * 1e6) + "e-6");
    RecordProperty("largest_error_of_moments", std::to_string(moments.worst() * 1e6) + "e-6");
}

INSTANTIATE_TEST_SUITE_P(Dense, GoldenOptimizers,
                         testing::Values("adam_dense", "adagrad_dense", "adadelta_dense", "sgd_dense",
                                         "rmsprop_dense"),
                         [](const auto& optimizer) { return std::string(optimizer.param); });
INSTANTIATE_TEST_SUITE_P(RowSparse, GoldenOptimizers,
                         testing::Values("adam_row_sparse", "adagrad_row_sparse", "sgd_row_sparse"),
                         [](const auto& optimizer) { return std::string(optimizer.param); });

}  // namespace
}  // namespace o2v::model
