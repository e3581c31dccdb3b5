// Text -> words, the same for the data a model is trained on and the text it is asked about.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace o2v::data {

// The maximal runs of [a-z0-9'] after ASCII lower-casing, in order. Every other byte separates, those of
// UTF-8 sequences too ("naïve" gives "na", "ve"). Empty when the text has no such run.
std::vector<std::string> tokenize(std::string_view text);

// Which n-grams stand beside the words of a text; fastText's wordNgrams, minn and maxn.
struct NgramRange {
    int words = 1;                     // 2 = pairs of neighbouring words, 3 = triples too; 1 = none
    int min_chars = 0, max_chars = 0;  // lengths of pieces of words; 0 = none
    bool any() const { return words > 1 || max_chars > 0; }
    bool operator==(const NgramRange&) const = default;
};

// The n-grams of words that tokenize() gave, each once, those of words first. They cannot be taken for words:
// a word n-gram is the words with a blank between ("of a"), a character n-gram begins with '#' ("#<spa", with
// '<' and '>' for the word's begin and end, as fastText cuts them).
std::vector<std::string> ngrams(const std::vector<std::string>& words, const NgramRange& range);

// As ngrams() writes them: a film's title, "Toy Story (1995)" or "#Horror (2015)", is none.
bool is_word_ngram(std::string_view token);
bool is_character_ngram(std::string_view token);

}  // namespace o2v::data
