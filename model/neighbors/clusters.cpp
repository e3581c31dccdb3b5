#include "model/neighbors/clusters.hpp"

#include <faiss/Clustering.h>
#include <faiss/IndexFlat.h>

#include <algorithm>
#include <limits>
#include <numeric>

#include "model/neighbors/omp_threads.hpp"

namespace o2v::model {
namespace {

constexpr std::int64_t kSmall = 100'000'000;  // products of an iteration, a few hundredths of a second

// Clusters by size, without empty ones, and their means.
Clustering ordered(Rows rows, const std::vector<std::int64_t>& labels, std::int64_t k) {
    struct Cluster {
        std::int64_t rows = 0, first = 0, label = 0;
    };
    std::vector<Cluster> clusters(static_cast<std::size_t>(k));
    for (std::int64_t i = 0; i < k; ++i) clusters[static_cast<std::size_t>(i)].label = i;
    for (std::int64_t row = rows.count; row-- > 0;) {
        Cluster& of_row = clusters[static_cast<std::size_t>(labels[static_cast<std::size_t>(row)])];
        ++of_row.rows;
        of_row.first = row;
    }
    std::erase_if(clusters, [](const Cluster& c) { return c.rows == 0; });
    std::sort(clusters.begin(), clusters.end(), [](const Cluster& a, const Cluster& b) {
        return a.rows != b.rows ? a.rows > b.rows : a.first < b.first;
    });

    Clustering result;
    std::vector<std::int32_t> number(static_cast<std::size_t>(k), -1);
    for (const Cluster& c : clusters) {
        number[static_cast<std::size_t>(c.label)] = static_cast<std::int32_t>(result.sizes.size());
        result.sizes.push_back(c.rows);
    }
    std::vector<double> sums(result.sizes.size() * static_cast<std::size_t>(rows.dim));
    for (std::int64_t row = 0; row < rows.count; ++row) {
        const auto label = static_cast<std::size_t>(labels[static_cast<std::size_t>(row)]);
        result.cluster.push_back(number[label]);
        double* const sum = sums.data() + number[label] * rows.dim;
        for (std::int64_t i = 0; i < rows.dim; ++i) sum[i] += rows[row][static_cast<std::size_t>(i)];
    }
    for (std::size_t i = 0; i < sums.size(); ++i) {
        const auto size = static_cast<double>(result.sizes[i / static_cast<std::size_t>(rows.dim)]);
        result.centroids.push_back(static_cast<float>(sums[i] / size));
    }
    return result;
}

}  // namespace

Clustering cluster(Rows rows, std::int64_t k, const ClusterOptions& options) {
    const bool small = rows.count * rows.dim * k < kSmall;
    const OmpThreads threads(small ? 1 : rows.count);
    faiss::ClusteringParameters parameters;
    parameters.niter = options.iterations;
    parameters.nredo = options.restarts;
    parameters.seed = static_cast<int>(options.seed & 0x7fffffff);
    parameters.min_points_per_centroid = 1;     // below it faiss writes warnings
    parameters.max_points_per_centroid = 1000;  // a sample of so many rows a cluster tells where it lies
    faiss::Clustering means(static_cast<int>(rows.dim), static_cast<int>(k), parameters);
    faiss::IndexFlatL2 nearest(static_cast<int>(rows.dim));
    means.train(rows.count, rows.values, nearest);
    std::vector<std::int64_t> labels(static_cast<std::size_t>(rows.count));
    std::vector<float> distances(labels.size());
    nearest.reset();
    nearest.add(k, means.centroids.data());
    nearest.search(rows.count, rows.values, 1, distances.data(), labels.data());
    return ordered(rows, labels, k);
}

ChosenClustering cluster_by_silhouette(Rows rows, const SilhouetteSample& sample, std::int64_t most,
                                       const ClusterOptions& options) {
    ChosenClustering best;
    double highest = -std::numeric_limits<double>::infinity();
    most = std::min(most, rows.count - 1);
    for (std::int64_t k = 2; k <= most; k = k < 10 ? k + 1 : k + k / 5) {
        Clustering clustering = cluster(rows, k, options);
        const double silhouette = sample.silhouette(clustering.cluster);
        best.tried.emplace_back(k, silhouette);
        if (silhouette <= highest) continue;
        highest = silhouette;
        best.clustering = std::move(clustering);
    }
    return best;
}

std::vector<std::int64_t> most_typical(Rows rows, const Clustering& clustering, std::int32_t cluster,
                                       std::size_t most) {
    const float* const centroid = clustering.centroids.data() + cluster * rows.dim;
    std::vector<std::pair<double, std::int64_t>> members;
    for (std::int64_t row = 0; row < rows.count; ++row) {
        if (clustering.cluster[static_cast<std::size_t>(row)] != cluster) continue;
        double squared = 0;
        for (std::int64_t i = 0; i < rows.dim; ++i) {
            const double difference =
                static_cast<double>(rows[row][static_cast<std::size_t>(i)]) - centroid[i];
            squared += difference * difference;
        }
        members.emplace_back(squared, row);
    }
    const auto end = members.begin() + static_cast<std::ptrdiff_t>(std::min(most, members.size()));
    std::partial_sort(members.begin(), end, members.end());
    std::vector<std::int64_t> typical;
    std::transform(members.begin(), end, std::back_inserter(typical), [](const auto& m) { return m.second; });
    return typical;
}

}  // namespace o2v::model
