// The machine's binary forms of pairs files: read once, then mapped by every process that trains on them.
//
//   <folder>/<bytes>-<XXH3-128>.v1.pairs   the binary form (pair_table_file.hpp) of the file with that
//   content <folder>/<file>.known                  the content that a file had: size, times, XXH3-128
//   <folder>/*.tmp                         being written
//
// Entries are written aside and renamed into place, so that any number of processes may build the same one at
// the same time: the last one stays, and they are equal. An entry that is damaged or of another format is
// built anew. After a build, entries go, the least recently used first, until the rest takes kMostBytes at
// most (those used within kKeptSeconds stay), and so do leftovers of builds that were killed.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "model/data/dataset.hpp"
#include "model/data/pair_table.hpp"

namespace o2v::data {

class PairCache {
  public:
    using Warn = std::function<void(const std::string&)>;

    // `folder` "" = nothing is kept, files are read into memory. `warn` is given at most one sentence: that
    // the folder cannot be written, and why; files are then read into memory.
    explicit PairCache(std::string folder = default_folder(), Warn warn = {});

    // read_jsonl(), out of the binary form, which is built first where it is missing.
    Dataset open(const std::string& path, const Limits& limits, Statistics* statistics = nullptr);

    // $O2V_CACHE_DIR/data, else $XDG_CACHE_HOME/o2v-tune/data, else $HOME/.cache/o2v-tune/data; "" when none
    // is set.
    static std::string default_folder();

    static constexpr std::int64_t kMostBytes = std::int64_t{32} << 30;
    static constexpr std::int64_t kKeptSeconds = 3600;

  private:
    std::optional<PairTable> table(const std::string& path, std::int64_t most_bad);
    std::optional<PairTable> build(const std::string& path, std::int64_t most_bad);
    void warn(const std::string& why);

    std::string folder_;
    Warn warn_;
};

}  // namespace o2v::data
