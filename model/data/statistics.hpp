// The figures of a file of pairs.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace o2v::data {

// How many rows have this length, or this label.
struct Count {
    std::int64_t value = 0, rows = 0;
    bool operator==(const Count&) const = default;
};

// Arrays are of in0 and in1. Lengths, tokens and ids are the file's, before truncation.
struct Statistics {
    std::int64_t rows = 0;
    std::int64_t bytes = 0;      // of the file
    std::string xxh3;            // of the file: XXH3-128, 32 hexadecimal digits
    std::int64_t bad_lines = 0;  // left out
    std::array<std::int64_t, 2> min_len{}, max_len{}, tokens{}, max_id{}, distinct_ids{};
    std::array<std::int64_t, 2> padding_ids{};  // tokens that are id 0
    std::array<std::vector<Count>, 2> lengths;  // ascending
    bool integer_labels = true;                 // all of them
    double min_label = 0, max_label = 0, mean_label = 0;
    double label_deviation = 0;  // standard deviation, over n
    // Ascending; empty when a label is no integer or there are more than kMostClasses different ones.
    std::vector<Count> classes;

    static constexpr std::size_t kMostClasses = 1000;

    // Rows whose in<side> is longer than `length`.
    std::int64_t longer_than(int side, std::int64_t length) const;
    // The least length that at least a share q of the rows does not exceed; 0 when there are none.
    // REQUIRES: 0 <= q <= 1.
    std::int64_t length_quantile(int side, double q) const;

    bool operator==(const Statistics&) const = default;
};

// Ids that have been seen; memory grows with the ranges of 65,536 ids met.
class IdSet {
  public:
    // REQUIRES: id >= 0.
    void insert(std::int32_t id) {
        const std::size_t page = static_cast<std::size_t>(id) / kPage,
                          bit = static_cast<std::size_t>(id) % kPage;
        if (page >= pages_.size() || pages_[page] == nullptr) add(page);
        (*pages_[page])[bit / 64] |= std::uint64_t{1} << (bit % 64);
    }
    std::int64_t size() const;

  private:
    static constexpr std::size_t kPage = 65536;
    void add(std::size_t page);

    std::vector<std::unique_ptr<std::array<std::uint64_t, kPage / 64>>> pages_;
};

// Gathers a file's statistics row by row.
class StatisticsCounter {
  public:
    // REQUIRES: no side is empty, no id is negative, the label is finite.
    void add(std::span<const std::int32_t> in0, std::span<const std::int32_t> in1, double label);
    std::int64_t rows() const { return statistics_.rows; }
    // Of the rows so far, without what is the file's: bytes, xxh3, bad_lines.
    Statistics statistics() const;

  private:
    void add_side(int side, std::span<const std::int32_t> ids);
    void add_label(double label);

    Statistics statistics_;
    double squares_ = 0;  // of the distances from the mean (Welford, Technometrics 1962)
    IdSet ids_[2];
    std::unordered_map<std::int64_t, std::int64_t> lengths_[2], classes_;
};

}  // namespace o2v::data
