// One epoch's batches: which pairs, in which order, with which negatives. Bit-deterministic in the seed, on
// every platform.
#pragma once

#include <cstdint>
#include <vector>

#include "model/data/dataset.hpp"

namespace o2v::data {

using Batch = Pairs;

struct BatchOptions {
    std::int64_t batch_size = 32;
    std::int64_t bucket_width = 0;            // 0 = one bucket
    std::int64_t negative_sampling_rate = 0;  // negatives per pair
};

// The rows are shuffled, dealt to their length buckets, and cut into groups of batch_size; a bucket's last
// group may be smaller: Object2Vec's filling by replicated rows is left out on purpose, so that every row
// counts once. With a negative_sampling_rate r > 0 a group's n pairs and their r n negatives are shuffled
// together and give r + 1 batches of n, so that an epoch has (r + 1) times as many batches. A negative keeps
// in0, takes the in1 of another row drawn uniformly from all others (which may by chance hold the same
// tokens), and is labelled 0. The groups come in a shuffled order.
class EpochBatches {
  public:
    // Keeps a reference to `dataset`. Throws InputError when negatives are asked for and there is but one
    // row.
    EpochBatches(const Dataset& dataset, const BatchOptions& options, std::uint64_t seed);

    std::int64_t size() const { return static_cast<std::int64_t>(ends_.size()); }
    std::int64_t rows() const { return static_cast<std::int64_t>(rows_.size()); }  // negatives counted
    // Fills `batch`, reusing its memory. REQUIRES: 0 <= i < size().
    void get(std::int64_t i, Batch& batch) const;

    // in0 of one row beside in1 of another (a negative), or of the same (a pair).
    struct Row {
        std::int32_t in0, in1;
        bool operator==(const Row&) const = default;
    };
    const std::vector<Row>& plan() const { return rows_; }  // of all batches, in order

  private:
    const Dataset& dataset_;
    std::vector<Row> rows_;
    std::vector<std::int64_t> ends_;  // batch i is rows_[ends_[i-1] .. ends_[i])
};

// Adds one pair, truncating nothing.
void append_pair(Batch& batch, const Dataset& dataset, std::int64_t row0, std::int64_t row1, float label);
void clear(Batch& batch);

}  // namespace o2v::data
