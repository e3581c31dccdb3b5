#include "model/initializers.hpp"

#include <cmath>
#include <string>

#include "model/kernels/kernels.hpp"
#include "search/study/assignment.hpp"

namespace o2v::model {
namespace {

double bound_of(const std::string& name, const torch::Tensor& weight) {
    if (name.starts_with("embed_")) return kEmbeddingBound;
    if (name.find(".bias") != std::string::npos) return 0;
    if (name.find(".lstm_") != std::string::npos)
        return 1 / std::sqrt(static_cast<double>(weight.size(0)) / 4);
    const std::int64_t field = weight.dim() == 3 ? weight.size(2) : 1;  // a convolution's width
    return std::sqrt(6.0 / static_cast<double>((weight.size(0) + weight.size(1)) * field));
}

}  // namespace

void initialize(Object2Vec& model, std::uint64_t seed) {
    const torch::NoGradGuard no_grad;
    std::uint64_t stream = 0;
    for (const auto& parameter : model.named_parameters()) {
        torch::Tensor weight = parameter.value().detach();
        kernels::kernels().fill_uniform(derive_seed(seed, stream++),
                                        static_cast<float>(bound_of(parameter.key(), weight)), weight.numel(),
                                        weight.data_ptr<float>());
    }
    for (const auto& [name, table] : model.tables()) table->weight.detach()[0].zero_();
}

}  // namespace o2v::model
