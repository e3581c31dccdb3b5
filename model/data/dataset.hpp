// Pairs of token sequences, as a training reads them.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "model/data/statistics.hpp"

namespace o2v::data {

// Token sequences in memory of their own, without padding: sequence i is tokens[offsets[i] .. offsets[i+1]).
struct Sequences {
    std::vector<std::int64_t> offsets{0};
    std::vector<std::int32_t> tokens;
    std::int64_t size() const { return static_cast<std::int64_t>(offsets.size()) - 1; }
    std::span<const std::int32_t> operator[](std::int64_t i) const {
        return {tokens.data() + offsets[i], static_cast<std::size_t>(offsets[i + 1] - offsets[i])};
    }
    void append(std::span<const std::int32_t> sequence) {
        tokens.insert(tokens.end(), sequence.begin(), sequence.end());
        offsets.push_back(static_cast<std::int64_t>(tokens.size()));
    }
};

// Pairs in memory of their own.
struct Pairs {
    std::array<Sequences, 2> side;  // in0, in1
    std::vector<float> labels;      // class index or real value
    std::int64_t size() const { return side[0].size(); }
};

// Token sequences that lie elsewhere: the heads, at most `longest` tokens, of sequence i = tokens[bounds[i *
// stride] .. bounds[i * stride + 1]).
class SequenceView {
  public:
    SequenceView() = default;
    // REQUIRES: longest > 0.
    SequenceView(const std::int32_t* tokens, const std::int64_t* bounds, std::int64_t size,
                 std::int64_t stride, std::int64_t longest)
        : tokens_(tokens), bounds_(bounds), size_(size), stride_(stride), longest_(longest) {}

    std::int64_t size() const { return size_; }
    std::span<const std::int32_t> operator[](std::int64_t i) const {
        const std::int64_t* bound = bounds_ + i * stride_;
        return {tokens_ + bound[0], static_cast<std::size_t>(std::min(bound[1] - bound[0], longest_))};
    }

  private:
    const std::int32_t* tokens_ = nullptr;
    const std::int64_t* bounds_ = nullptr;
    std::int64_t size_ = 0, stride_ = 1, longest_ = 1;
};

// Pairs that are only read; copies share the memory behind them, which may be a mapped file.
struct Dataset {
    Dataset() = default;
    Dataset(Pairs pairs);  // implicit: pairs are a dataset

    SequenceView side[2];           // in0, in1
    std::span<const float> labels;  // class index or real value
    std::shared_ptr<const void> memory;
    std::int64_t size() const { return static_cast<std::int64_t>(labels.size()); }
};

// What a file must satisfy. 0 = unchecked.
struct Limits {
    std::int64_t vocab_size[2] = {0, 0};   // every id is less than this
    std::int64_t max_seq_len[2] = {0, 0};  // longer sequences are truncated: their head is kept
    std::int64_t num_classes = 0;          // labels are integers 0..num_classes-1
    std::int64_t skip_bad_lines = 0;       // so many bad lines are left out before they are an error
    int max_problems = 20;                 // stop collecting after this many
};

// Reads {"label": number, "in0": [ids], "in1": [ids]} lines into memory; key order free, other keys ignored,
// blank lines passed over. PairCache::open is the same without reading a file twice.
//
// A line is bad when it is no such object (not JSON, a field missing or given twice, an id that is negative,
// no integer or above 2^31 - 1, an empty sequence, a label that is no number or beyond a float's range) or
// breaks a limit (an id not below vocab_size, a label that is no class). Up to limits.skip_bad_lines of them
// are left out and counted in `statistics`; with one more, throws InputError with every bad line up to
// limits.max_problems, each with file:line, field and value. Throws InputError when no pair is left,
// StorageError when the file cannot be read.
Dataset read_jsonl(const std::string& path, const Limits& limits, Statistics* statistics = nullptr);

// XXH3-128 of a file's bytes, as 32 hexadecimal digits. Throws StorageError.
std::string file_hash(const std::string& path);

}  // namespace o2v::data
