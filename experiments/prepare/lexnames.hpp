// WordNet's 45 lexicographer files, lexnames(5WN): the semantic fields that WordNet's editors sorted synsets
// into.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace o2v::prepare {

inline constexpr int kLexicographerFiles = 45;
inline constexpr int kFirstNounFile = 3;  // noun.Tops
inline constexpr int kNounFiles = 26;     // to noun.time, number 28

// REQUIRES: 0 <= number < kLexicographerFiles.
std::string_view lexicographer_file_name(int number);
// The nouns' 26 names in order of their numbers: class c is file kFirstNounFile + c.
std::vector<std::string> noun_class_names();

}  // namespace o2v::prepare
