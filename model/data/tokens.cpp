#include "model/data/tokens.hpp"

namespace o2v::data {
namespace {

// The byte as it stands in a word; 0 when it separates words.
char word_byte(char c) {
    if (c >= 'A' && c <= 'Z') return static_cast<char>(c - 'A' + 'a');
    const bool kept = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '\'';
    return kept ? c : '\0';
}

}  // namespace

std::vector<std::string> tokenize(std::string_view text) {
    std::vector<std::string> words;
    bool inside = false;
    for (const char c : text) {
        const char kept = word_byte(c);
        if (kept != '\0') {
            if (!inside) words.emplace_back();
            words.back() += kept;
        }
        inside = kept != '\0';
    }
    return words;
}

}  // namespace o2v::data
