// Which content a file has, without reading it again while nothing about it changes. For pair_cache.cpp only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace o2v::data {

// What stat() says of a file: the same values, the same content, unless they are too fresh.
struct FileState {
    std::uint64_t device = 0, inode = 0;
    std::int64_t bytes = 0;
    std::int64_t modified_ns = 0, changed_ns = 0;  // mtime and ctime, since 1970
    bool operator==(const FileState&) const = default;

    // Was it changed less than two seconds before `now_ns`? Clocks of file systems tick coarsely, so that a
    // second change may leave the same times behind (git's "racily clean" files).
    bool fresh(std::int64_t now_ns) const;
};

// Throws StorageError when there is no such file.
FileState state_of(const std::string& path);
std::int64_t now_ns();

// The XXH3-128 that remember() noted under `folder` for a file in this very state; nullopt when there is
// none.
std::optional<std::string> recall(const std::string& folder, const FileState& state);
// REQUIRES: !state.fresh() when the content was read. Failing to write is no error: it is read again next
// time.
void remember(const std::string& folder, const FileState& state, const std::string& xxh3);

// A name that no other process has: `path` with process, time and number, ".tmp" at its end.
std::string aside_of(const std::string& path);

}  // namespace o2v::data
