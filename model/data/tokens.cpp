#include "model/data/tokens.hpp"

#include <algorithm>
#include <cstddef>
#include <unordered_set>

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

std::vector<std::string> ngrams(const std::vector<std::string>& words, const NgramRange& range) {
    std::vector<std::string> result;
    std::unordered_set<std::string> seen;
    const auto take = [&](std::string ngram) {
        if (seen.insert(ngram).second) result.push_back(std::move(ngram));
    };
    for (std::size_t first = 0; first < words.size(); ++first) {
        std::string joined = words[first];
        for (std::size_t n = 2; n <= static_cast<std::size_t>(range.words); ++n) {
            if (first + n > words.size()) break;
            take(joined += ' ' + words[first + n - 1]);
        }
    }
    if (range.max_chars == 0) return result;
    const auto shortest = static_cast<std::size_t>(std::max(range.min_chars, 1));
    const auto longest = static_cast<std::size_t>(range.max_chars);
    for (const std::string& word : words) {
        const std::string marked = '<' + word + '>';
        for (std::size_t n = shortest; n <= std::min(longest, marked.size()); ++n) {
            for (std::size_t at = 0; at + n <= marked.size(); ++at) take('#' + marked.substr(at, n));
        }
    }
    return result;
}

bool is_word_ngram(std::string_view token) {
    bool blank = false;
    char before = ' ';
    for (const char c : token) {
        if (c == ' ' ? before == ' ' : word_byte(c) != c) return false;
        blank = blank || c == ' ';
        before = c;
    }
    return blank && before != ' ';
}

bool is_character_ngram(std::string_view token) {
    return token.size() > 1 && token.front() == '#' &&
           std::all_of(token.begin() + 1, token.end(),
                       [](char c) { return word_byte(c) == c || c == '<' || c == '>'; });
}

}  // namespace o2v::data
