// A made-up surface with the manners of tuning an Object2Vec model: floats and integers on log scales,
// categories, parameters that exist for some encoders only, and optima that move with other parameters. Every
// term is at least 0 and all are 0 at once at the argmin: enc0_network hcnn, enc0_cnn_filter_width 3,
// enc0_layers 2, enc_dim 512, mlp_dim 256, mlp_layers 2, mlp_activation relu, optimizer adam, learning_rate
// 1e-3, dropout 0.2.
#include <algorithm>
#include <array>
#include <cmath>

#include "search/problems/families.hpp"
#include "search/problems/parameters.hpp"

namespace o2v::problems {
namespace {

const std::vector<std::string> kNetworks{"hcnn", "bilstm", "pooled_embedding"};
const std::vector<std::string> kActivations{"relu", "tanh", "linear"};
const std::vector<std::string> kOptimizers{"adam", "rmsprop", "adagrad", "sgd", "adadelta"};
constexpr double kOptimum = 0.4;

double square(double x) {
    return x * x;
}

double encoder(const Assignment& params) {
    const std::size_t network = choice(params, "enc0_network", kNetworks);
    double loss =
        std::array{0.0, 0.03, 0.08}[network] + 0.003 * square(std::log2(positive(params, "enc_dim") / 512));
    if (network == 0) loss += 0.004 * square(number(params, "enc0_cnn_filter_width") - 3);
    if (network <= 1) loss += 0.01 * square(number(params, "enc0_layers") - (network == 0 ? 2 : 1));
    return loss;
}

// The wider the network, the smaller the step it bears; too large a step costs far more than too small a one.
double optimizer(const Assignment& params) {
    const std::size_t kind = choice(params, "optimizer", kOptimizers);
    const double wider = std::log10(positive(params, "mlp_dim") / 256);
    const double target = std::array{-3.0, -3.2, -2.0, -1.0, 0.0}[kind] - 0.5 * wider;
    const double off = std::log10(positive(params, "learning_rate")) - target;
    return std::array{0.0, 0.01, 0.02, 0.05, 0.06}[kind] + 0.3 * (1 - std::exp(-0.5 * square(off))) +
           0.3 * square(std::max(0.0, off - 1.5));
}

// The wider the network, the more dropout it wants.
double comparator_mlp(const Assignment& params) {
    const double doublings = std::log2(positive(params, "mlp_dim") / 256);
    const double dropout = std::clamp(0.2 + 0.1 * doublings, 0.0, 0.8);
    return 0.002 * square(doublings) + 0.25 * square(number(params, "dropout") - dropout) +
           0.006 * square(number(params, "mlp_layers") - 2) +
           std::array{0.0, 0.008, 0.03}[choice(params, "mlp_activation", kActivations)];
}

double value(const Assignment& params) {
    return kOptimum + encoder(params) + optimizer(params) + comparator_mlp(params);
}

CategoricalDomain one_of(const std::vector<std::string>& texts) {
    return {{texts.begin(), texts.end()}};
}

SearchSpace space() {
    return SearchSpace({
        {"enc0_network", one_of(kNetworks), {}},
        {"enc0_cnn_filter_width", IntDomain{1, 9}, {{"enc0_network", {"hcnn"}}}},
        {"enc0_layers", IntDomain{1, 4}, {{"enc0_network", {"hcnn", "bilstm"}}}},
        {"enc_dim", IntDomain{4, 4096, Scale::log}, {}},
        {"mlp_dim", IntDomain{16, 1024, Scale::log}, {}},
        {"mlp_layers", IntDomain{1, 4}, {}},
        {"mlp_activation", one_of(kActivations), {}},
        {"optimizer", one_of(kOptimizers), {}},
        {"learning_rate", FloatDomain{1e-6, 1, Scale::log}, {}},
        {"dropout", FloatDomain{0, 0.9}, {}},
    });
}

}  // namespace

Family object2vec_like() {
    return {{"object2vec_like", space(), least_loss(), kOptimum,
             "ten mixed and conditional parameters, as when tuning an Object2Vec model"},
            value,
            0.4};
}

}  // namespace o2v::problems
