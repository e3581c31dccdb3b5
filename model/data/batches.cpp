#include "model/data/batches.hpp"

#include <algorithm>
#include <cassert>
#include <numeric>
#include <utility>

#include "model/data/buckets.hpp"
#include "search/study/assignment.hpp"
#include "search/study/errors.hpp"

namespace o2v::data {
namespace {

// Fisher and Yates' shuffle, from the end; std::shuffle's result is not fixed by the standard.
template <typename T>
void shuffle(T* first, std::size_t n, Rng& rng) {
    for (std::size_t i = n; i > 1; --i) std::swap(first[i - 1], first[uniform_index(rng, i)]);
}

using Rows = std::vector<std::int32_t>;

std::vector<Rows> deal(const Dataset& dataset, const Rows& order, std::int64_t bucket_width) {
    if (bucket_width == 0) return {order};
    const std::vector<Bucket> buckets = make_buckets(bucket_width, dataset);
    std::vector<Rows> dealt(buckets.size());
    for (const std::int32_t row : order) {
        const auto length = [&](int side) {
            return static_cast<std::int64_t>(dataset.side[side][row].size());
        };
        dealt[find_bucket(buckets, length(0), length(1))].push_back(row);
    }
    return dealt;
}

std::vector<Rows> cut(const std::vector<Rows>& dealt, std::size_t batch_size) {
    std::vector<Rows> groups;
    for (const Rows& rows : dealt) {
        for (std::size_t begin = 0; begin < rows.size(); begin += batch_size) {
            const std::size_t end = std::min(begin + batch_size, rows.size());
            groups.emplace_back(rows.begin() + static_cast<std::ptrdiff_t>(begin),
                                rows.begin() + static_cast<std::ptrdiff_t>(end));
        }
    }
    return groups;
}

}  // namespace

EpochBatches::EpochBatches(const Dataset& dataset, const BatchOptions& options, std::uint64_t seed)
    : dataset_(dataset) {
    assert(options.batch_size > 0 && options.bucket_width >= 0 && options.negative_sampling_rate >= 0);
    const std::int64_t rate = options.negative_sampling_rate;
    const auto n = static_cast<std::uint64_t>(dataset.size());
    if (rate > 0 && n < 2) {
        throw InputError("negative_sampling_rate", std::to_string(rate), "needs at least two training pairs");
    }
    Rng rng(seed);
    Rows order(n);
    std::iota(order.begin(), order.end(), 0);
    shuffle(order.data(), order.size(), rng);
    auto groups =
        cut(deal(dataset, order, options.bucket_width), static_cast<std::size_t>(options.batch_size));
    if (options.bucket_width > 0) shuffle(groups.data(), groups.size(), rng);

    rows_.reserve(n * static_cast<std::uint64_t>(rate + 1));
    for (const Rows& group : groups) {
        const std::size_t begin = rows_.size();
        for (const std::int32_t row : group) {
            rows_.push_back({row, row});
            for (std::int64_t k = 0; k < rate; ++k) {
                const auto drawn = static_cast<std::int32_t>(uniform_index(rng, n - 1));
                rows_.push_back({row, drawn < row ? drawn : drawn + 1});
            }
        }
        if (rate > 0) shuffle(rows_.data() + begin, rows_.size() - begin, rng);
        for (std::int64_t k = 0; k <= rate; ++k) {
            ends_.push_back(static_cast<std::int64_t>(begin) +
                            (k + 1) * static_cast<std::int64_t>(group.size()));
        }
    }
}

void EpochBatches::get(std::int64_t i, Batch& batch) const {
    assert(i >= 0 && i < size());
    clear(batch);
    const auto index = static_cast<std::size_t>(i);
    const std::int64_t begin = i == 0 ? 0 : ends_[index - 1];
    for (std::int64_t k = begin; k < ends_[index]; ++k) {
        const Row row = rows_[static_cast<std::size_t>(k)];
        const float label = row.in0 == row.in1 ? dataset_.labels[static_cast<std::size_t>(row.in0)] : 0.0f;
        append_pair(batch, dataset_, row.in0, row.in1, label);
    }
}

void append_pair(Batch& batch, const Dataset& dataset, std::int64_t row0, std::int64_t row1, float label) {
    batch.side[0].append(dataset.side[0][row0]);
    batch.side[1].append(dataset.side[1][row1]);
    batch.labels.push_back(label);
}

void clear(Batch& batch) {
    for (Sequences& sequences : batch.side) {
        sequences.tokens.clear();
        sequences.offsets.assign(1, 0);
    }
    batch.labels.clear();
}

}  // namespace o2v::data
