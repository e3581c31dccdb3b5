// WordNet's data files, as wndb(5WN) describes them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace o2v::prepare {

// One line of data.noun, data.verb, data.adj or data.adv: a concept, the words for it, what it means.
struct Synset {
    std::int64_t offset = 0;     // byte offset in the file; with the part of speech, the synset's identity
    int lexicographer_file = 0;  // see lexnames.hpp
    char type = 'n';             // n, v, a, r, or s (an adjective satellite)
    std::vector<std::string> lemmas;  // as written: "physical_entity"; an adjective's marker "(p)" is cut off
    std::string definition;           // the gloss up to its first example sentence
    bool operator==(const Synset&) const = default;
};

// One line without its end. Throws InputError; `where` ("data.noun:30") begins the problem's place.
Synset parse_wndb_line(std::string_view line, const std::string& where);

// All synsets of a file, in file order; lines that start with a blank (the licence) are skipped. Throws
// InputError with the bad lines, at most 20 of them; InputError as well when there is no such file, saying
// what to install.
std::vector<Synset> read_wndb(const std::string& path);

}  // namespace o2v::prepare
