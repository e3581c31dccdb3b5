#include "model/metrics.hpp"

namespace o2v::model {

std::string_view loss_name(OutputLayer output) {
    return output == OutputLayer::softmax ? "cross_entropy" : "mean_squared_error";
}

torch::Tensor training_loss(OutputLayer output, const torch::Tensor& outputs, const torch::Tensor& labels) {
    if (output == OutputLayer::softmax) {
        return torch::nll_loss(torch::log_softmax(outputs, 1), labels.to(torch::kInt64));
    }
    return (outputs.squeeze(1) - labels).square().mean() * 0.5;
}

MetricSums::MetricSums(OutputLayer output, const torch::Device& device)
    : output_(output),
      sums_(torch::zeros({2}, torch::TensorOptions().dtype(torch::kFloat64).device(device))) {}

void MetricSums::add(const torch::Tensor& outputs, const torch::Tensor& labels) {
    const torch::NoGradGuard no_grad;
    const torch::Tensor values = outputs.detach();
    torch::Tensor loss, score;
    if (output_ == OutputLayer::softmax) {
        const torch::Tensor classes = labels.to(torch::kInt64);
        loss = -torch::log_softmax(values, 1).gather(1, classes.unsqueeze(1)).sum(torch::kFloat64);
        score = values.argmax(1).eq(classes).sum().to(torch::kFloat64);
    } else {
        const torch::Tensor error = values.squeeze(1) - labels;
        loss = error.square().sum(torch::kFloat64);
        score = error.abs().sum(torch::kFloat64);
    }
    sums_ += torch::stack({loss, score});
    rows_ += values.size(0);
}

bool MetricSums::finite() const {
    return torch::isfinite(sums_).all().item<bool>();
}

Metrics MetricSums::means(const std::string& prefix) const {
    const torch::Tensor sums = sums_.to(torch::kCPU);
    const auto* const at = sums.data_ptr<double>();
    const auto n = static_cast<double>(rows_);
    const char* const score = output_ == OutputLayer::softmax ? ":accuracy" : ":mean_absolute_error";
    return {{prefix + ':' + std::string(loss_name(output_)), at[0] / n}, {prefix + score, at[1] / n}};
}

}  // namespace o2v::model
