#include "worker/object2vec_data.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <utility>

namespace o2v::worker {
namespace {

constexpr std::size_t kKept = 6;  // train, validation and test under two settings of limits

std::string key_of(const std::string& path, const data::Limits& limits) {
    std::error_code none;  // a missing file is PairCache's to report
    const auto size = std::filesystem::file_size(path, none);
    const auto time = std::filesystem::last_write_time(path, none).time_since_epoch().count();
    return fmt::format("{} {} {} | {} {} {} {} {} {}", path, size, time, limits.vocab_size[0],
                       limits.vocab_size[1], limits.max_seq_len[0], limits.max_seq_len[1], limits.num_classes,
                       limits.skip_bad_lines);
}

}  // namespace

DatasetCache::DatasetCache()
    : files_(data::PairCache::default_folder(),
             [](const std::string& warning) { fmt::print(stderr, "o2v-worker: warning: {}\n", warning); }) {}

std::shared_ptr<const data::Dataset> DatasetCache::get(const std::string& path, const data::Limits& limits) {
    const std::string key = key_of(path, limits);
    const auto found =
        std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) { return entry.key == key; });
    if (found != entries_.end()) {
        entries_.splice(entries_.begin(), entries_, found);
    } else {
        // Room first: two copies of a large set may not fit where they cannot be mapped.
        while (entries_.size() >= kKept) entries_.pop_back();
        entries_.push_front({key, std::make_shared<data::Dataset>(files_.open(path, limits))});
    }
    return entries_.front().dataset;
}

}  // namespace o2v::worker
