// Pairs made for a benchmark: a function of their options alone, so that no download is needed and every
// machine measures the same.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace o2v::orchestrator {

// Rows of a planted classification: a pair's class is the group that most of its tokens are from. Lengths are
// uniform in 1..longest, tokens within a group log-uniform (as in text and in item popularity), and a share
// `noise` of the tokens is of any group.
struct SyntheticPairs {
    std::int64_t train = 8000, validation = 1000;  // rows
    std::int64_t classes = 8;
    std::int64_t vocabulary = 2000;  // ids 1 .. vocabulary - 1, of both sides
    std::int64_t longest0 = 8, longest1 = 24;
    double noise = 0.3;
    std::uint64_t seed = 1;
    bool operator==(const SyntheticPairs&) const = default;
};

nlohmann::json to_json(const SyntheticPairs& options);

// Writes train.jsonl and validation.jsonl into `folder` where they are not there yet with these options.
// Throws StorageError.
void write_synthetic(const SyntheticPairs& options, const std::string& folder);

}  // namespace o2v::orchestrator
