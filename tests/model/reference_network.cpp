#include "reference_network.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

namespace o2v::model {
namespace {

using Vector = ReferenceNetwork::Vector;

double sigmoid(double x) {
    return 1 / (1 + std::exp(-x));
}

}  // namespace

ReferenceNetwork::ReferenceNetwork(const Object2Vec& model) : options(model.options()) {
    for (const auto& [name, tensor] : parameters_of(model)) {
        const auto flat = tensor.to(torch::kFloat64).contiguous().view({-1});
        parameters[name].assign(flat.data_ptr<double>(), flat.data_ptr<double>() + flat.numel());
    }
}

std::string ReferenceNetwork::table(int side) const {
    return options.tied_token_embedding_weight ? "embed_shared.weight"
                                               : "embed_" + std::to_string(side) + ".weight";
}

std::vector<Vector> ReferenceNetwork::embedded(int side, std::span<const std::int32_t> tokens) const {
    const Vector& weight = parameters.at(table(side));
    const auto dim = static_cast<std::size_t>(options.enc[side].token_embedding_dim);
    std::vector<Vector> rows;
    for (const std::int32_t token : tokens) {
        rows.emplace_back(dim, 0.0);
        for (std::size_t e = 0; e < dim && token != 0; ++e)
            rows.back()[e] = weight[static_cast<std::size_t>(token) * dim + e];
    }
    return rows;
}

Vector ReferenceNetwork::pooled(int side, std::span<const std::int32_t> tokens) const {
    Vector mean(static_cast<std::size_t>(options.enc_dim), 0.0);
    for (const Vector& row : embedded(side, tokens)) {
        for (std::size_t e = 0; e < mean.size(); ++e) mean[e] += row[e];
    }
    const auto count =
        std::count_if(tokens.begin(), tokens.end(), [](std::int32_t token) { return token != 0; });
    for (double& x : mean) x /= static_cast<double>(std::max<std::ptrdiff_t>(count, 1));
    return mean;
}

// Padded to max_seq_len, as the specification says.
Vector ReferenceNetwork::hcnn(int side, std::span<const std::int32_t> tokens) const {
    const EncoderOptions& enc = options.enc[side];
    std::vector<Vector> x = embedded(side, tokens);
    x.resize(static_cast<std::size_t>(enc.max_seq_len),
             Vector(static_cast<std::size_t>(enc.token_embedding_dim), 0.0));
    const auto width = enc.cnn_filter_width, before = (width - 1) / 2;
    Vector result;
    for (std::int64_t l = 0; l < enc.layers; ++l) {
        const std::string name = "enc" + std::to_string(side) + ".conv_" + std::to_string(l);
        const Vector &weight = parameters.at(name + ".weight"), &bias = parameters.at(name + ".bias");
        const std::size_t channels = x.front().size();
        std::vector<Vector> y(x.size(), Vector(bias.size()));
        Vector maxima(bias.size(), 0.0);
        for (std::size_t t = 0; t < x.size(); ++t) {
            for (std::size_t f = 0; f < bias.size(); ++f) {
                double sum = bias[f];
                for (std::int64_t k = 0; k < width; ++k) {
                    const std::int64_t at = static_cast<std::int64_t>(t) + k - before;
                    if (at < 0 || at >= static_cast<std::int64_t>(x.size())) continue;
                    for (std::size_t c = 0; c < channels; ++c) {
                        sum += weight[(f * channels + c) * static_cast<std::size_t>(width) +
                                      static_cast<std::size_t>(k)] *
                               x[static_cast<std::size_t>(at)][c];
                    }
                }
                y[t][f] = std::max(sum, 0.0);
                maxima[f] = std::max(maxima[f], y[t][f]);
            }
        }
        result.insert(result.end(), maxima.begin(), maxima.end());
        x = y;
    }
    return result;
}

// Gates in LibTorch's order: input, forget, cell, output.
Vector ReferenceNetwork::bilstm(int side, std::span<const std::int32_t> tokens) const {
    std::vector<std::int32_t> words;
    std::copy_if(tokens.begin(), tokens.end(), std::back_inserter(words),
                 [](std::int32_t token) { return token != 0; });
    const auto dim = static_cast<std::size_t>(options.enc_dim), hidden = (dim + 1) / 2;
    if (words.empty()) return Vector(dim, 0.0);
    std::vector<Vector> x = embedded(side, words);
    for (std::int64_t l = 0; l < options.enc[side].layers; ++l) {
        std::vector<Vector> y(x.size(), Vector(2 * hidden));
        for (int backward = 0; backward < 2; ++backward) {
            const std::string lstm = "enc" + std::to_string(side) + ".lstm_" + std::to_string(l) + '.';
            const std::string end = backward != 0 ? "_l0_reverse" : "_l0";
            const Vector &wi = parameters.at(lstm + "weight_ih" + end),
                         &wh = parameters.at(lstm + "weight_hh" + end);
            const Vector &bi = parameters.at(lstm + "bias_ih" + end),
                         &bh = parameters.at(lstm + "bias_hh" + end);
            Vector h(hidden, 0.0), c(hidden, 0.0);
            for (std::size_t step = 0; step < x.size(); ++step) {
                const std::size_t t = backward != 0 ? x.size() - 1 - step : step, inputs = x[t].size();
                Vector gates(4 * hidden);
                for (std::size_t g = 0; g < gates.size(); ++g) {
                    gates[g] = bi[g] + bh[g];
                    for (std::size_t i = 0; i < inputs; ++i) gates[g] += wi[g * inputs + i] * x[t][i];
                    for (std::size_t i = 0; i < hidden; ++i) gates[g] += wh[g * hidden + i] * h[i];
                }
                for (std::size_t j = 0; j < hidden; ++j) {
                    c[j] = sigmoid(gates[hidden + j]) * c[j] +
                           sigmoid(gates[j]) * std::tanh(gates[2 * hidden + j]);
                    h[j] = sigmoid(gates[3 * hidden + j]) * std::tanh(c[j]);
                    y[t][static_cast<std::size_t>(backward) * hidden + j] = h[j];
                }
            }
        }
        x = y;
    }
    Vector maxima(dim, -std::numeric_limits<double>::infinity());
    for (const Vector& row : x) {
        for (std::size_t j = 0; j < dim; ++j) maxima[j] = std::max(maxima[j], row[j]);
    }
    return maxima;
}

Vector ReferenceNetwork::encoding(int side, std::span<const std::int32_t> tokens) const {
    switch (options.enc[side].network) {
        case Network::hcnn:
            return hcnn(side, tokens);
        case Network::bilstm:
            return bilstm(side, tokens);
        case Network::pooled_embedding:
            break;
    }
    return pooled(side, tokens);
}

Vector ReferenceNetwork::linear(const std::string& name, const Vector& x) const {
    const Vector& weight = parameters.at(name + ".weight");
    Vector y = parameters.at(name + ".bias");
    for (std::size_t o = 0; o < y.size(); ++o) {
        for (std::size_t i = 0; i < x.size(); ++i) y[o] += weight[o * x.size() + i] * x[i];
    }
    return y;
}

Vector ReferenceNetwork::outputs(std::span<const std::int32_t> in0, std::span<const std::int32_t> in1) const {
    const Vector u = encoding(0, in0), v = encoding(1, in1);
    Vector x;
    for (const Comparator comparator : options.comparators) {
        if (comparator == Comparator::concat) {
            x.insert(x.end(), u.begin(), u.end());
            x.insert(x.end(), v.begin(), v.end());
            continue;
        }
        for (std::size_t i = 0; i < u.size(); ++i) {
            x.push_back(comparator == Comparator::hadamard ? u[i] * v[i] : std::abs(u[i] - v[i]));
        }
    }
    for (std::int64_t l = 0; l < options.mlp_layers; ++l) {
        x = linear("fc_" + std::to_string(l), x);
        for (double& value : x) {
            if (options.mlp_activation == Activation::tanh) value = std::tanh(value);
            if (options.mlp_activation == Activation::relu) value = std::max(value, 0.0);
        }
    }
    return linear("output", x);
}

double ReferenceNetwork::loss(const data::Batch& batch) const {
    double sum = 0;
    for (std::int64_t b = 0; b < batch.size(); ++b) {
        const Vector out = outputs(batch.side[0][b], batch.side[1][b]);
        const double label = batch.labels[static_cast<std::size_t>(b)];
        if (options.output_layer == OutputLayer::mean_squared_error) {
            sum += (out[0] - label) * (out[0] - label) / 2;
        } else {
            double total = 0;
            for (const double logit : out) total += std::exp(logit);
            sum += std::log(total) - out[static_cast<std::size_t>(label)];
        }
    }
    return sum / static_cast<double>(batch.size());
}

}  // namespace o2v::model
