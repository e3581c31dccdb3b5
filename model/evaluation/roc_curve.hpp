// The area under a class's ROC curve, again and again over resamples of the same rows.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace o2v::model {

class RocArea {
  public:
    // Of the scores[i * stride]; row i is positive when labels[i] == positive.
    RocArea(const float* scores, std::int64_t stride, std::span<const std::int32_t> labels,
            std::int32_t positive);

    // Row i counts counts[i] times; empty = each once. Missing without a positive or without a negative row.
    std::optional<double> area(std::span<const std::uint16_t> counts = {}) const;

  private:
    struct Place {
        std::uint32_t row : 30;
        std::uint32_t positive : 1;
        std::uint32_t last : 1;  // of those with its score
    };
    std::vector<Place> places_;  // by score, lowest first
};

}  // namespace o2v::model
