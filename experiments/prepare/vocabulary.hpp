// Token -> id, counted on the training pairs only.
#pragma once

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace o2v::prepare {

inline constexpr std::int32_t kPaddingId = 0;  // "<pad>"
inline constexpr std::int32_t kUnknownId = 1;  // "<unk>"

class TokenCounts {
  public:
    void add(const std::vector<std::string>& tokens);
    const std::unordered_map<std::string, std::int64_t>& counts() const { return counts_; }

  private:
    std::unordered_map<std::string, std::int64_t> counts_;
};

class Vocabulary {
  public:
    // The tokens seen at least `min_count` times, n-grams (model/data/tokens.hpp) `ngram_min_count` times,
    // get 2, 3, ...: the most frequent first, then by alphabet.
    Vocabulary(const TokenCounts& counts, std::int64_t min_count, std::int64_t ngram_min_count = 1);

    // Words without an id become kUnknownId, so that the model learns what to make of a word it does not
    // know; n-grams without one are left out.
    std::vector<std::int32_t> ids(const std::vector<std::string>& tokens) const;
    std::int64_t size() const {
        return static_cast<std::int64_t>(tokens_.size());
    }  // vocab_size: largest id + 1
    // A JSON object {"token": id}, in order of the ids, one token a line; those that `wanted` says no to are
    // left out. The number of its entries.
    std::int64_t write(std::ostream& out, const std::function<bool(std::string_view)>& wanted = {}) const;

  private:
    std::vector<std::string> tokens_;  // index = id
    std::unordered_map<std::string, std::int32_t> ids_;
};

// The same JSON object from pairs (token, id). REQUIRES: no token twice.
void write_token_ids(std::ostream& out, const std::vector<std::pair<std::string, std::int32_t>>& token_ids);

}  // namespace o2v::prepare
