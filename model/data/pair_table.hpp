// All pairs of a file as they stand there, before limits: what is kept of a JSON Lines file once it is read.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/data/dataset.hpp"
#include "model/data/pair_line.hpp"
#include "model/data/statistics.hpp"

namespace o2v::data {

struct PairTable {
    std::span<const std::int32_t> tokens;  // row 0's in0, row 0's in1, row 1's in0, ...
    // 2 * rows + 1 of them: in<s> of row i is tokens[bounds[2i+s] .. bounds[2i+s+1]).
    std::span<const std::int64_t> bounds;
    std::span<const float> labels;
    Statistics statistics;               // bad_lines: those that are no pairs
    std::shared_ptr<const void> memory;  // where the spans lie
};

// Hands every pair of a file to `take`, in order. Returns the statistics, or nullopt as soon as more than
// `most_bad` lines are no pairs; blank lines are none of either. Throws StorageError when the file cannot be
// read.
std::optional<Statistics> read_pairs(const std::string& path, std::int64_t most_bad,
                                     const std::function<void(const PairLine&)>& take);

// read_pairs() into memory.
std::optional<PairTable> read_table(const std::string& path, std::int64_t most_bad);

// What read_jsonl() makes of a file, when `table` is read_table(path, limits.skip_bad_lines) or equal to it.
// A table whose rows all keep to the limits is only viewed; otherwise the file is read again, to name its bad
// lines or to leave them out. Throws as read_jsonl() does, and StorageError when the file has changed since
// the table was made.
Dataset apply_limits(const std::string& path, const std::optional<PairTable>& table, const Limits& limits,
                     Statistics* statistics);

}  // namespace o2v::data
