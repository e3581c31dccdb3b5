// Training pairs: JSON Lines read once into flat arrays.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace o2v::data {

// One side of all pairs, without padding: sequence i is tokens[offsets[i] .. offsets[i+1]).
struct Sequences {
    std::vector<std::int64_t> offsets{0};
    std::vector<std::int32_t> tokens;
    std::int64_t size() const { return static_cast<std::int64_t>(offsets.size()) - 1; }
    std::span<const std::int32_t> operator[](std::int64_t i) const {
        return {tokens.data() + offsets[i], static_cast<std::size_t>(offsets[i + 1] - offsets[i])};
    }
};

struct Dataset {
    Sequences side[2];          // in0, in1
    std::vector<float> labels;  // class index or real value
    std::int64_t size() const { return side[0].size(); }
};

// What a file must satisfy. 0 = unchecked.
struct Limits {
    std::int64_t vocab_size[2] = {0, 0};   // every id is less than this
    std::int64_t max_seq_len[2] = {0, 0};  // longer sequences are truncated: their head is kept
    std::int64_t num_classes = 0;          // labels are integers 0..num_classes-1
    int max_problems = 20;                 // stop collecting after this many
};

struct Statistics {
    std::int64_t rows = 0;
    std::int64_t min_len[2] = {0, 0}, max_len[2] = {0, 0}, tokens[2] = {0, 0}, max_id[2] = {0, 0};
    std::int64_t truncated[2] = {0, 0};
    double min_label = 0, max_label = 0;
};

// Reads {"label": number, "in0": [ids], "in1": [ids]} lines; key order free, other keys ignored, blank lines
// skipped. Throws InputError with every bad line up to limits.max_problems, each with file:line, field and
// value (not JSON, a missing field, an id that is negative, not an integer or not below vocab_size, an empty
// sequence, a label that is not a number or not a class); StorageError when the file cannot be read.
Dataset read_jsonl(const std::string& path, const Limits& limits, Statistics* statistics = nullptr);
// The same checks and figures without keeping the rows.
Statistics scan_jsonl(const std::string& path, const Limits& limits);

// XXH3-128 of a file's bytes, as 32 hexadecimal digits. Throws StorageError.
std::string file_hash(const std::string& path);

}  // namespace o2v::data
