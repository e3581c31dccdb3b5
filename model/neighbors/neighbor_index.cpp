#include "model/neighbors/neighbor_index.hpp"

#include <faiss/IndexFlat.h>
#include <faiss/IndexHNSW.h>
#include <faiss/impl/FaissException.h>
#include <faiss/impl/io.h>
#include <faiss/index_io.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstring>

#include "model/data/durable_file.hpp"
#include "model/neighbors/omp_threads.hpp"
#include "search/study/errors.hpp"

namespace o2v::model {
namespace {

constexpr std::array<char, 16> kMagic = {'o', '2', 'v', '-', 'n', 'e', 'i', 'g',
                                         'h', 'b', 'o', 'r', 's', '/', '1', '\n'};

class Writer final : public faiss::IOWriter {
  public:
    explicit Writer(data::DurableFile& file) : file_(file) {}
    std::size_t operator()(const void* bytes, std::size_t size, std::size_t items) override {
        file_.write(bytes, size * items);
        return items;
    }

  private:
    data::DurableFile& file_;
};

class Reader final : public faiss::IOReader {
  public:
    explicit Reader(const std::string& path) : file_(std::fopen(path.c_str(), "rbe")) {}
    ~Reader() override {
        if (file_ != nullptr) std::fclose(file_);
    }
    bool open() const { return file_ != nullptr; }
    std::size_t operator()(void* bytes, std::size_t size, std::size_t items) override {
        return std::fread(bytes, size, items, file_);
    }

  private:
    std::FILE* file_;
};

double dot(const float* a, const float* b, std::int64_t dim) {
    double sum = 0;
    for (std::int64_t i = 0; i < dim; ++i) sum += static_cast<double>(a[i]) * b[i];
    return sum;
}

double distance(const float* a, const float* b, std::int64_t dim) {
    double sum = 0;
    for (std::int64_t i = 0; i < dim; ++i) {
        const double difference = static_cast<double>(a[i]) - b[i];
        sum += difference * difference;
    }
    return std::sqrt(sum);
}

}  // namespace

std::string_view name_of(Metric metric) {
    return metric == Metric::cosine ? "cosine" : metric == Metric::inner_product ? "ip" : "l2";
}

std::optional<Metric> metric_named(std::string_view name) {
    for (const Metric metric : {Metric::cosine, Metric::inner_product, Metric::l2})
        if (name == name_of(metric)) return metric;
    return std::nullopt;
}

std::string_view name_of(IndexKind kind) {
    return kind == IndexKind::exact ? "exact" : "hnsw";
}

struct NeighborIndex::Parts {
    Metric metric = Metric::cosine;
    std::vector<float> lengths;  // of the rows as given, for cosine: the index holds them at length 1
    std::unique_ptr<faiss::Index> index;
    const faiss::IndexFlat* vectors = nullptr;  // the index itself, or what is below its graph

    // False when `index` is of neither kind.
    bool find_vectors() {
        const auto* graph = dynamic_cast<const faiss::IndexHNSW*>(index.get());
        vectors = dynamic_cast<const faiss::IndexFlat*>(graph != nullptr ? graph->storage : index.get());
        return vectors != nullptr;
    }

    float score(const float* query, std::int64_t item) const {
        const auto dim = static_cast<std::int64_t>(vectors->d);
        const float* const vector = vectors->get_xb() + item * dim;
        return static_cast<float>(metric == Metric::l2 ? distance(query, vector, dim)
                                                       : dot(query, vector, dim));
    }

    bool nearer(const Neighbor& a, const Neighbor& b) const {
        if (a.score != b.score) return metric == Metric::l2 ? a.score < b.score : a.score > b.score;
        return a.item < b.item;
    }

    std::vector<std::vector<Neighbor>> search(const faiss::Index& in, Rows queries, std::int64_t k) const;
};

// faiss's own scores depend on how many queries are asked together; they are computed anew from what it
// found.
std::vector<std::vector<Neighbor>> NeighborIndex::Parts::search(const faiss::Index& in, Rows queries,
                                                                std::int64_t k) const {
    std::vector<float> unit;
    if (metric == Metric::cosine) {
        unit = unit_rows(queries);
        queries.values = unit.data();
    }
    k = std::min<std::int64_t>(k, in.ntotal);
    const auto places = static_cast<std::size_t>(queries.count * k);
    std::vector<std::int64_t> items(places);
    std::vector<float> scores(places);
    const OmpThreads threads(queries.count);
    in.search(queries.count, queries.values, k, scores.data(), items.data());
    std::vector<std::vector<Neighbor>> found(static_cast<std::size_t>(queries.count));
    for (std::int64_t query = 0; query < queries.count; ++query) {
        std::vector<Neighbor>& list = found[static_cast<std::size_t>(query)];
        for (std::int64_t i = query * k; i < (query + 1) * k; ++i) {
            const std::int64_t item = items[static_cast<std::size_t>(i)];
            if (item >= 0) list.push_back({item, score(queries[query].data(), item)});
        }
        std::sort(list.begin(), list.end(),
                  [this](const Neighbor& a, const Neighbor& b) { return nearer(a, b); });
    }
    return found;
}

NeighborIndex::NeighborIndex(Rows rows, const IndexOptions& options) : parts_(std::make_unique<Parts>()) {
    parts_->metric = options.metric;
    const auto dim = static_cast<int>(rows.dim);
    const faiss::MetricType metric =
        options.metric == Metric::l2 ? faiss::METRIC_L2 : faiss::METRIC_INNER_PRODUCT;
    if (rows.count <= options.exact_up_to) {
        parts_->index = std::make_unique<faiss::IndexFlat>(dim, metric);
    } else {
        auto graph = std::make_unique<faiss::IndexHNSWFlat>(dim, options.links, metric);
        graph->hnsw.efConstruction = options.build_breadth;
        graph->hnsw.efSearch = options.search_breadth;
        parts_->index = std::move(graph);
    }
    if (options.metric == Metric::cosine) {
        for (std::int64_t row = 0; row < rows.count; ++row)
            parts_->lengths.push_back(static_cast<float>(length_of(rows[row])));
        parts_->index->add(rows.count, unit_rows(rows).data());
    } else {
        parts_->index->add(rows.count, rows.values);
    }
    parts_->find_vectors();
}

NeighborIndex::NeighborIndex(const std::string& path) : parts_(std::make_unique<Parts>()) {
    Reader reader(path);
    if (!reader.open()) throw storage_error(path, "cannot open", errno);
    const auto damaged = [&](const std::string& what) { return StorageError(path + ": " + what); };
    std::array<char, kMagic.size()> magic{};
    std::int32_t metric = 0;
    if (reader(magic.data(), magic.size(), 1) != 1 || magic != kMagic)
        throw damaged("is no index of o2v-tune");
    std::int64_t lengths = 0;
    const bool head = reader(&metric, sizeof metric, 1) == 1 && reader(&lengths, sizeof lengths, 1) == 1;
    if (!head || metric < 0 || metric > static_cast<std::int32_t>(Metric::l2) || lengths < 0)
        throw damaged("damaged");
    parts_->metric = static_cast<Metric>(metric);
    try {
        parts_->lengths.resize(static_cast<std::size_t>(lengths));
        if (reader(parts_->lengths.data(), sizeof(float), parts_->lengths.size()) != parts_->lengths.size())
            throw damaged("damaged: it ends too early");
        parts_->index.reset(faiss::read_index(&reader));
    } catch (const faiss::FaissException& error) {
        throw damaged(std::string("damaged: ") + error.what());
    } catch (const std::length_error&) {
        throw damaged("damaged");
    }
    const bool whole = parts_->find_vectors() && parts_->index->ntotal > 0 &&
                       (parts_->metric != Metric::cosine || lengths == parts_->index->ntotal);
    if (!whole) throw damaged("damaged");
}

NeighborIndex::NeighborIndex(NeighborIndex&&) noexcept = default;
NeighborIndex& NeighborIndex::operator=(NeighborIndex&&) noexcept = default;
NeighborIndex::~NeighborIndex() = default;

Metric NeighborIndex::metric() const {
    return parts_->metric;
}

IndexKind NeighborIndex::kind() const {
    return parts_->vectors == parts_->index.get() ? IndexKind::exact : IndexKind::hnsw;
}

std::int64_t NeighborIndex::count() const {
    return parts_->index->ntotal;
}

std::int64_t NeighborIndex::dim() const {
    return parts_->index->d;
}

std::vector<std::vector<Neighbor>> NeighborIndex::search(Rows queries, std::int64_t k) const {
    return parts_->search(*parts_->index, queries, k);
}

std::vector<std::vector<Neighbor>> NeighborIndex::search_exactly(Rows queries, std::int64_t k) const {
    return parts_->search(*parts_->vectors, queries, k);
}

double NeighborIndex::recall(Rows queries, std::int64_t k) const {
    const auto found = search(queries, k), exact = search_exactly(queries, k);
    double sum = 0;
    for (std::size_t query = 0; query < found.size(); ++query) {
        // Others may be as near as the last of the exact ones.
        const Neighbor& last = exact[query].back();
        const auto as_near = [&](const Neighbor& neighbor) {
            return neighbor.score == last.score || parts_->nearer(neighbor, last);
        };
        const auto right = std::count_if(found[query].begin(), found[query].end(), as_near);
        sum += static_cast<double>(right) / static_cast<double>(exact[query].size());
    }
    return sum / static_cast<double>(found.size());
}

std::vector<float> NeighborIndex::vector(std::int64_t row) const {
    const float* const at = parts_->vectors->get_xb() + row * dim();
    std::vector<float> result(at, at + dim());
    if (parts_->metric == Metric::cosine)
        for (float& x : result) x *= parts_->lengths[static_cast<std::size_t>(row)];
    return result;
}

void NeighborIndex::write(const std::string& path) const {
    data::DurableFile file(path);
    file.write(kMagic.data(), kMagic.size());
    const auto metric = static_cast<std::int32_t>(parts_->metric);
    file.write(&metric, sizeof metric);
    const auto lengths = static_cast<std::int64_t>(parts_->lengths.size());
    file.write(&lengths, sizeof lengths);
    file.write(parts_->lengths.data(), parts_->lengths.size() * sizeof(float));
    Writer writer(file);
    faiss::write_index(parts_->index.get(), &writer);
    file.commit();
}

}  // namespace o2v::model
