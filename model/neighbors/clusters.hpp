// Groups of like vectors: k-means (Lloyd 1982), by faiss.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "model/neighbors/rows.hpp"
#include "model/neighbors/silhouette.hpp"

namespace o2v::model {

struct ClusterOptions {
    std::uint64_t seed = 1;
    int iterations = 25;
    int restarts = 3;  // the tightest of so many is taken
};

// Largest cluster first, equal ones by their first row; none is empty, so that there may be fewer than asked
// for.
struct Clustering {
    std::vector<std::int32_t> cluster;  // of each row, from 0
    std::vector<std::int64_t> sizes;
    std::vector<float> centroids;  // sizes.size() * dim, the means of their rows
    std::int64_t count() const { return static_cast<std::int64_t>(sizes.size()); }
};

// Euclidean; of unit rows that is by angle. The same for the same seed and number of threads. REQUIRES: 1 <=
// k
// <= rows.count.
Clustering cluster(Rows rows, std::int64_t k, const ClusterOptions& options = {});

struct ChosenClustering {
    Clustering clustering;
    std::vector<std::pair<std::int64_t, double>> tried;  // k and its silhouette
};

// The k from 2 to `most` with the highest silhouette; above 10 not every k is tried, but steps of a fifth.
// REQUIRES: rows.count > 2; most > 1; `sample` is of these rows.
ChosenClustering cluster_by_silhouette(Rows rows, const SilhouetteSample& sample, std::int64_t most = 40,
                                       const ClusterOptions& options = {});

// A cluster's rows nearest to its centroid, at most `most`, nearest first.
std::vector<std::int64_t> most_typical(Rows rows, const Clustering& clustering, std::int32_t cluster,
                                       std::size_t most);

}  // namespace o2v::model
