// The binary form of a PairTable: one file, written once, then mapped by whoever needs it.
//
//   bytes          content
//   0 ..           Header (pair_table_file.cpp): "o2v-pairs", format version, byte order, what the JSON Lines
//   file
//                  was (bytes, XXH3-128), where each array begins, the figures, XXH3-128 of all the rest
//   each array     begins at a multiple of 4096: tokens (int32), bounds (int64), labels (float32), the counts
//                  of the lengths of in0, of in1 and of the classes (pairs of int64)
#pragma once

#include <optional>
#include <stdexcept>
#include <string>

#include "model/data/pair_table.hpp"

namespace o2v::data {

inline constexpr int kTableFormat = 1;

// The medium of the binary form fails, or its folder cannot be written: no reason to give up the data.
struct TableWriteError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// Reads a JSON Lines file once, pair by pair, into the binary form `aside`, a new file; besides a block of
// the text, 12 bytes a row are in memory meanwhile. The file is complete and synced when this returns its
// statistics; nullopt (more than `most_bad` lines are no pairs) and exceptions leave none. Throws
// TableWriteError, and StorageError when the JSON Lines file cannot be read.
std::optional<Statistics> write_table(const std::string& jsonl, std::int64_t most_bad,
                                      const std::string& aside);

// Maps a binary form, read-only and shared. nullopt when there is none, or what is there is truncated,
// damaged, of another format version, or of another byte order: every byte is checked against the checksum.
std::optional<PairTable> map_table(const std::string& path);

}  // namespace o2v::data
