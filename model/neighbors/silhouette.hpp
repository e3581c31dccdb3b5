// How well apart clusters are (Rousseeuw, Silhouettes, 1987).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "model/neighbors/rows.hpp"

namespace o2v::model {

// The Euclidean distances among a sample of rows, once for all clusterings of them.
class SilhouetteSample {
  public:
    explicit SilhouetteSample(Rows rows, std::int64_t most = 2000, std::uint64_t seed = 1);

    std::int64_t size() const { return static_cast<std::int64_t>(rows_.size()); }
    // The mean over the sample of (b - a) / max(a, b): a = a row's mean distance to the others of its
    // cluster, b = the least of its mean distances to another cluster's rows, both within the sample. A row
    // alone in its cluster counts 0; so does all when the sample has rows of one cluster only. `cluster`: of
    // all rows, from 0.
    double silhouette(std::span<const std::int32_t> cluster) const;

  private:
    std::vector<std::int64_t> rows_;
    std::vector<float> distances_;  // size() * size()
};

}  // namespace o2v::model
