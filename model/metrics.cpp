#include "model/metrics.hpp"

#include <algorithm>
#include <cmath>

namespace o2v::model {
namespace {

// log(sum of e^x) of one row.
double log_sum_exp(const float* x, std::int64_t n) {
    const double most = *std::max_element(x, x + n);
    double sum = 0;
    for (std::int64_t i = 0; i < n; ++i) sum += std::exp(x[i] - most);
    return most + std::log(sum);
}

// training_loss on a CPU, with its gradient in one node. Labels are small beside the network's work: plain
// loops.
class LossFunction : public torch::autograd::Function<LossFunction> {
  public:
    static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& outputs,
                                 const torch::Tensor& labels, bool classes) {
        const at::AutoDispatchBelowADInplaceOrView no_autograd;
        const std::int64_t n = outputs.size(0), columns = outputs.size(1);
        torch::Tensor grad = torch::empty({n, columns});
        const auto* x = outputs.data_ptr<float>();
        const auto* const label = labels.data_ptr<float>();
        auto* g = grad.data_ptr<float>();
        double loss = 0;
        for (std::int64_t row = 0; row < n; ++row, x += columns, g += columns) {
            if (classes) {
                const double all = log_sum_exp(x, columns);
                const auto chosen = static_cast<std::int64_t>(label[row]);
                loss += all - x[chosen];
                for (std::int64_t i = 0; i < columns; ++i) {
                    g[i] = static_cast<float>((std::exp(x[i] - all) - (i == chosen ? 1 : 0)) /
                                              static_cast<double>(n));
                }
            } else {
                const double error = static_cast<double>(*x) - label[row];
                loss += error * error / 2;
                *g = static_cast<float>(error / static_cast<double>(n));
            }
        }
        context->save_for_backward({grad});
        return torch::scalar_tensor(loss / static_cast<double>(n), torch::kFloat32);
    }

    static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                   torch::autograd::variable_list out_grads) {
        const torch::Tensor grad = context->get_saved_variables()[0];
        return {grad * out_grads[0], torch::Tensor(), torch::Tensor()};
    }
};

// From n values' sums, sums of squares and sum of products.
double pearson(double n, double a, double b, double aa, double bb, double ab) {
    constexpr double kRounding = 1e-12;  // a variance below this share of the mean square is none
    const double var_a = n * aa - a * a, var_b = n * bb - b * b;
    if (!(var_a > kRounding * n * aa) || !(var_b > kRounding * n * bb)) return 0;
    return (n * ab - a * b) / std::sqrt(var_a * var_b);
}

}  // namespace

std::string_view loss_name(OutputLayer output) {
    return output == OutputLayer::softmax ? "cross_entropy" : "mean_squared_error";
}

torch::Tensor training_loss(OutputLayer output, const torch::Tensor& outputs, const torch::Tensor& labels) {
    if (outputs.is_cpu()) {
        return LossFunction::apply(outputs.contiguous(), labels.contiguous(), output == OutputLayer::softmax);
    }
    if (output == OutputLayer::softmax) {
        return torch::nll_loss(torch::log_softmax(outputs, 1), labels.to(torch::kInt64));
    }
    return (outputs.squeeze(1) - labels).square().mean() * 0.5;
}

MetricSums::MetricSums(OutputLayer output, const torch::Device& device)
    : output_(output),
      sums_(torch::zeros({output == OutputLayer::softmax ? 2 : 8},
                         torch::TensorOptions().dtype(torch::kFloat64).device(device))) {}

void MetricSums::add(const torch::Tensor& outputs, const torch::Tensor& labels) {
    const torch::NoGradGuard no_grad;
    if (outputs.is_cpu()) return add_on_cpu(outputs.detach().contiguous(), labels.contiguous());
    const torch::Tensor values = outputs.detach();
    if (output_ == OutputLayer::softmax) {
        const torch::Tensor classes = labels.to(torch::kInt64);
        const torch::Tensor loss =
            torch::log_softmax(values, 1).gather(1, classes.unsqueeze(1)).sum(torch::kFloat64);
        sums_[0].sub_(loss);
        sums_[1].add_(values.argmax(1).eq(classes).sum());
    } else {
        const torch::Tensor error = values.squeeze(1) - labels;
        const torch::Tensor loss = error.square().sum(torch::kFloat64),
                            score = error.abs().sum(torch::kFloat64);
        // Sums of the outputs and of the labels, then the 2 x 2 sums of their products.
        const torch::Tensor both = torch::stack({values.squeeze(1), labels}).to(torch::kFloat64);
        sums_ += torch::cat({torch::stack({loss, score}), both.sum(1), both.matmul(both.t()).flatten()});
    }
    rows_ += values.size(0);
}

void MetricSums::add_on_cpu(const torch::Tensor& outputs, const torch::Tensor& labels) {
    const std::int64_t n = outputs.size(0), columns = outputs.size(1);
    const auto* x = outputs.data_ptr<float>();
    const auto* const label = labels.data_ptr<float>();
    auto* const sums = sums_.data_ptr<double>();
    for (std::int64_t row = 0; row < n; ++row, x += columns) {
        if (output_ == OutputLayer::softmax) {
            const auto chosen = static_cast<std::int64_t>(label[row]);
            sums[0] += log_sum_exp(x, columns) - x[chosen];
            sums[1] += std::max_element(x, x + columns) - x == chosen ? 1 : 0;
            continue;
        }
        const double value = *x, wanted = label[row];
        const double terms[8] = {(value - wanted) * (value - wanted),
                                 std::fabs(value - wanted),
                                 value,
                                 wanted,
                                 value * value,
                                 value * wanted,
                                 wanted * value,
                                 wanted * wanted};
        for (int i = 0; i < 8; ++i) sums[i] += terms[i];
    }
    rows_ += n;
}

void MetricSums::add(const MetricSums& others) {
    sums_ += others.sums_.to(sums_.device());
    rows_ += others.rows_;
}

bool MetricSums::finite() const {
    return torch::isfinite(sums_).all().item<bool>();
}

Metrics MetricSums::means(const std::string& prefix) const {
    const torch::Tensor sums = sums_.to(torch::kCPU);
    const auto* const at = sums.data_ptr<double>();
    const auto n = static_cast<double>(rows_);
    const bool classes = output_ == OutputLayer::softmax;
    const char* const score = classes ? ":accuracy" : ":mean_absolute_error";
    Metrics metrics{{prefix + ':' + std::string(loss_name(output_)), at[0] / n}, {prefix + score, at[1] / n}};
    if (!classes) metrics[prefix + ":pearson"] = pearson(n, at[2], at[3], at[4], at[7], at[5]);
    return metrics;
}

}  // namespace o2v::model
