// What a model's outputs are measured by, and trained by.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "model/hyperparameters/hyperparameters.hpp"

namespace o2v::model {

using Metrics = std::map<std::string, double, std::less<>>;  // "validation:accuracy" -> 0.81

// The name of the loss: "cross_entropy" or "mean_squared_error".
std::string_view loss_name(OutputLayer output);

// The scalar whose gradient trains: the mean cross-entropy, or half the mean squared error (MXNet's
// LinearRegressionOutput gives (prediction - label) / batch). outputs [B, K] as Object2Vec::forward gives
// them; labels [B] float32 on the same device.
torch::Tensor training_loss(OutputLayer output, const torch::Tensor& outputs, const torch::Tensor& labels);

// Sums over batches; the means over all rows are the metrics.
class MetricSums {
  public:
    MetricSums(OutputLayer output, const torch::Device& device);

    void add(const torch::Tensor& outputs, const torch::Tensor& labels);
    // Of other rows, on whatever device.
    void add(const MetricSums& others);
    // Are all sums finite? Waits for the device.
    bool finite() const;
    std::int64_t rows() const { return rows_; }
    // "<prefix>:cross_entropy" and "<prefix>:accuracy", or "<prefix>:mean_squared_error",
    // "<prefix>:mean_absolute_error" and "<prefix>:pearson", the correlation of outputs and labels (0 where
    // either does not vary). REQUIRES: rows() > 0.
    Metrics means(const std::string& prefix) const;

  private:
    void add_on_cpu(const torch::Tensor& outputs, const torch::Tensor& labels);

    OutputLayer output_;
    torch::Tensor sums_;  // float64 on the device: [2], or [8] for regression, see add()
    std::int64_t rows_ = 0;
};

}  // namespace o2v::model
