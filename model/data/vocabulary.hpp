// The words behind the ids, and the classes' names.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "model/data/tokens.hpp"

namespace o2v::data {

class Vocabulary {
  public:
    Vocabulary() = default;
    // Reads {"token": id, ...}. Throws InputError naming the token, StorageError when the file cannot be
    // read.
    explicit Vocabulary(const std::string& path);

    bool empty() const { return ids_.empty(); }
    std::size_t size() const { return ids_.size(); }
    const std::unordered_map<std::string, std::int32_t>& ids() const { return ids_; }
    // -1 when the word is unknown.
    std::int32_t find(const std::string& word) const;
    // A text that is an entry as it stands, such as a film's title, gives that one; so does what looks like
    // an n-gram of words ("new york") when none of its words is an entry. Else the ids of its words
    // (tokens.hpp), then those of its n-grams, of the kinds and lengths that the vocabulary holds any of. An
    // unknown word gives the id of "<unk>" where there is one, and nothing otherwise; an unknown n-gram gives
    // nothing.
    std::vector<std::int32_t> encode(std::string_view text) const;

  private:
    void note_ngram(std::string_view token);

    NgramRange ngram_range_;  // of the n-grams among the entries
    std::unordered_map<std::string, std::int32_t> ids_;
    std::int32_t unknown_ = -1;
};

// Reads ["name of class 0", ...]. Throws as Vocabulary does.
std::vector<std::string> read_labels(const std::string& path);

}  // namespace o2v::data
