#include "model/neighbors/silhouette.hpp"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <limits>

#include "model/data/sample.hpp"

namespace o2v::model {

SilhouetteSample::SilhouetteSample(Rows rows, std::int64_t most, std::uint64_t seed)
    : rows_(data::sample_of(rows.count, most, seed)) {
    using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    Matrix sample(size(), rows.dim);
    for (std::int64_t i = 0; i < size(); ++i)
        for (std::int64_t k = 0; k < rows.dim; ++k)
            sample(i, k) = rows[rows_[static_cast<std::size_t>(i)]][static_cast<std::size_t>(k)];
    const Matrix products = sample * sample.transpose();
    distances_.resize(static_cast<std::size_t>(size() * size()));
    for (std::int64_t i = 0; i < size(); ++i) {
        for (std::int64_t k = 0; k < size(); ++k) {
            const double squared = products(i, i) + products(k, k) - 2 * products(i, k);
            distances_[static_cast<std::size_t>(i * size() + k)] =
                i == k ? 0 : static_cast<float>(std::sqrt(std::max(squared, 0.0)));
        }
    }
}

double SilhouetteSample::silhouette(std::span<const std::int32_t> cluster) const {
    std::int32_t clusters = 0;
    for (const std::int64_t row : rows_)
        clusters = std::max(clusters, cluster[static_cast<std::size_t>(row)] + 1);
    std::vector<double> sums(static_cast<std::size_t>(clusters)), sizes(sums.size());
    for (const std::int64_t row : rows_)
        ++sizes[static_cast<std::size_t>(cluster[static_cast<std::size_t>(row)])];
    double total = 0;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
        std::fill(sums.begin(), sums.end(), 0.0);
        for (std::size_t k = 0; k < rows_.size(); ++k) {
            const auto of_k = static_cast<std::size_t>(cluster[static_cast<std::size_t>(rows_[k])]);
            sums[of_k] += distances_[i * rows_.size() + k];
        }
        const auto own = static_cast<std::size_t>(cluster[static_cast<std::size_t>(rows_[i])]);
        if (sizes[own] < 2) continue;
        const double within = sums[own] / (sizes[own] - 1);
        double between = std::numeric_limits<double>::infinity();
        for (std::size_t c = 0; c < sums.size(); ++c)
            if (c != own && sizes[c] > 0) between = std::min(between, sums[c] / sizes[c]);
        const double larger = std::max(within, between);
        if (std::isfinite(between) && larger > 0) total += (between - within) / larger;
    }
    return rows_.empty() ? 0 : total / static_cast<double>(rows_.size());
}

}  // namespace o2v::model
