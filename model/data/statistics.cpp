#include "model/data/statistics.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>

namespace o2v::data {
namespace {

// Doubles beyond this are not counted as classes: not every integer is a double there.
constexpr double kLargestClass = 9007199254740992.0;  // 2^53

std::vector<Count> sorted(const std::unordered_map<std::int64_t, std::int64_t>& counts) {
    std::vector<Count> result;
    result.reserve(counts.size());
    for (const auto& [value, rows] : counts) result.push_back({value, rows});
    std::sort(result.begin(), result.end(), [](const Count& a, const Count& b) { return a.value < b.value; });
    return result;
}

}  // namespace

std::int64_t Statistics::longer_than(int side, std::int64_t length) const {
    std::int64_t count = 0;
    for (const Count& of : lengths[side]) count += of.value > length ? of.rows : 0;
    return count;
}

std::int64_t Statistics::length_quantile(int side, double q) const {
    assert(q >= 0 && q <= 1);
    const auto wanted = static_cast<std::int64_t>(std::ceil(q * static_cast<double>(rows)));
    std::int64_t seen = 0;
    for (const Count& of : lengths[side]) {
        seen += of.rows;
        if (seen >= wanted) return of.value;
    }
    return 0;
}

void IdSet::add(std::size_t page) {
    if (page >= pages_.size()) pages_.resize(page + 1);
    pages_[page] = std::make_unique<std::array<std::uint64_t, kPage / 64>>();
}

std::int64_t IdSet::size() const {
    std::int64_t count = 0;
    for (const auto& page : pages_) {
        if (page == nullptr) continue;
        for (const std::uint64_t bits : *page) count += std::popcount(bits);
    }
    return count;
}

void StatisticsCounter::add(std::span<const std::int32_t> in0, std::span<const std::int32_t> in1,
                            double label) {
    ++statistics_.rows;
    add_side(0, in0);
    add_side(1, in1);
    add_label(label);
}

void StatisticsCounter::add_side(int side, std::span<const std::int32_t> ids) {
    Statistics& s = statistics_;
    const auto length = static_cast<std::int64_t>(ids.size());
    s.min_len[side] = s.rows == 1 ? length : std::min(s.min_len[side], length);
    s.max_len[side] = std::max(s.max_len[side], length);
    s.tokens[side] += length;
    ++lengths_[side][length];
    std::int32_t greatest = 0, padding = 0;
    for (const std::int32_t id : ids) {
        greatest = std::max(greatest, id);
        padding += id == 0 ? 1 : 0;
    }
    s.max_id[side] = std::max<std::int64_t>(s.max_id[side], greatest);
    s.padding_ids[side] += padding;
    for (const std::int32_t id : ids) ids_[side].insert(id);
}

void StatisticsCounter::add_label(double label) {
    Statistics& s = statistics_;
    s.min_label = s.rows == 1 ? label : std::min(s.min_label, label);
    s.max_label = s.rows == 1 ? label : std::max(s.max_label, label);
    const double before = label - s.mean_label;
    s.mean_label += before / static_cast<double>(s.rows);
    squares_ += before * (label - s.mean_label);
    s.integer_labels = s.integer_labels && label == std::floor(label);
    if (s.integer_labels && std::abs(label) < kLargestClass && classes_.size() <= Statistics::kMostClasses)
        ++classes_[static_cast<std::int64_t>(label)];
}

Statistics StatisticsCounter::statistics() const {
    Statistics s = statistics_;
    for (int side = 0; side < 2; ++side) {
        s.distinct_ids[side] = ids_[side].size();
        s.lengths[side] = sorted(lengths_[side]);
    }
    if (s.rows > 0) s.label_deviation = std::sqrt(squares_ / static_cast<double>(s.rows));
    const bool counted = std::max(std::abs(s.min_label), std::abs(s.max_label)) < kLargestClass;
    if (s.integer_labels && counted && classes_.size() <= Statistics::kMostClasses)
        s.classes = sorted(classes_);
    return s;
}

}  // namespace o2v::data
