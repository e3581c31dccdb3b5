// The most similar of many vectors (Johnson, Douze & Jegou, Billion-scale similarity search with GPUs, 2017:
// faiss). Exact up to a size, above it by a graph (Malkov & Yashunin, Efficient and robust approximate
// nearest neighbor search using Hierarchical Navigable Small World graphs, 2016).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/neighbors/rows.hpp"

namespace o2v::model {

enum class Metric {
    cosine,         // of the angle; with a vector of zeros it is 0
    inner_product,  // higher is nearer, as cosine
    l2              // Euclidean distance: lower is nearer
};
std::string_view name_of(Metric metric);  // "cosine", "ip", "l2"
std::optional<Metric> metric_named(std::string_view name);

enum class IndexKind { exact, hnsw };
std::string_view name_of(IndexKind kind);  // "exact", "hnsw"

struct IndexOptions {
    Metric metric = Metric::cosine;
    std::int64_t exact_up_to = 20'000;  // vectors; an exact query of them takes about a millisecond
    int links = 32;                     // HNSW's M: neighbours kept of a vector
    int build_breadth = 80;             // efConstruction: candidates looked at when a vector is added
    int search_breadth = 128;           // efSearch, or k when that is more
};

struct Neighbor {
    std::int64_t item = 0;  // its row
    float score = 0;        // in the metric's sense
};

// Uses the threads that OpenMP gives this process (LibTorch's number, where that is loaded), and one for a
// single query. A graph built by one thread is the same every time. Const members may be called from several
// threads at once.
class NeighborIndex {
  public:
    // Copies the rows. REQUIRES: at least one row; dim > 0.
    NeighborIndex(Rows rows, const IndexOptions& options);
    // What write() wrote. Throws StorageError naming the file when it is none or damaged beyond reading; what
    // may be damaged is to be checked before (index_folder.hpp does).
    explicit NeighborIndex(const std::string& path);
    NeighborIndex(NeighborIndex&&) noexcept;
    NeighborIndex& operator=(NeighborIndex&&) noexcept;
    ~NeighborIndex();

    Metric metric() const;
    IndexKind kind() const;
    std::int64_t count() const;
    std::int64_t dim() const;

    // For each query its k nearest, nearest first, equal ones by row; fewer when there are fewer.
    // REQUIRES: queries.dim = dim(); k > 0.
    std::vector<std::vector<Neighbor>> search(Rows queries, std::int64_t k) const;
    // The same by looking at every vector.
    std::vector<std::vector<Neighbor>> search_exactly(Rows queries, std::int64_t k) const;
    // The share of what search() finds that is as near as the exact k nearest, in the mean over queries.
    double recall(Rows queries, std::int64_t k) const;
    // A row as it was given, but for rounding.
    std::vector<float> vector(std::int64_t row) const;

    // Beside its place, then renamed. Throws StorageError.
    void write(const std::string& path) const;

  private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace o2v::model
