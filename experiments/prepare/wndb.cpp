#include "experiments/prepare/wndb.hpp"

#include <charconv>
#include <fstream>
#include <optional>

#include "experiments/prepare/lexnames.hpp"
#include "search/study/errors.hpp"

namespace o2v::prepare {

namespace {

constexpr std::size_t kMaxProblems = 20;

// The next blank-separated field, cut off the front of `rest`; empty at the end.
std::string_view next_field(std::string_view& rest) {
    const std::size_t begin = rest.find_first_not_of(' ');
    if (begin == std::string_view::npos) return {};
    rest.remove_prefix(begin);
    const std::string_view field = rest.substr(0, rest.find(' '));
    rest.remove_prefix(field.size());
    return field;
}

std::optional<std::int64_t> whole_number(std::string_view text, int base) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

// "galore(ip)" -> "galore": where an adjective may stand, wndb(5WN) "adjective syntactic marker".
std::string without_marker(std::string_view word) {
    for (const std::string_view marker : {"(p)", "(a)", "(ip)"}) {
        if (word.size() > marker.size() && word.ends_with(marker)) word.remove_suffix(marker.size());
    }
    return std::string(word);
}

// Everything before the first example sentence, without the blanks around it.
std::string definition_of(std::string_view gloss) {
    gloss = gloss.substr(0, gloss.find("; \""));
    const std::size_t begin = gloss.find_first_not_of(" \r");
    if (begin == std::string_view::npos) return "";
    return std::string(gloss.substr(begin, gloss.find_last_not_of(" \r") - begin + 1));
}

}  // namespace

Synset parse_wndb_line(std::string_view line, const std::string& where) {
    const auto fail = [&](const char* field, std::string_view value, std::string message) -> InputError {
        return {where + ": " + field, std::string(value), std::move(message)};
    };
    const std::size_t bar = line.find(" | ");
    if (bar == std::string_view::npos)
        throw fail("gloss", "", "no \" | \" before the gloss; is this a WordNet data file?");
    std::string_view rest = line.substr(0, bar);

    Synset synset;
    const std::string_view offset = next_field(rest);
    const auto offset_number = whole_number(offset, 10);
    if (offset.size() != 8 || !offset_number)
        throw fail("synset_offset", offset, "8 decimal digits are expected");
    synset.offset = *offset_number;

    const std::string_view file = next_field(rest);
    const auto file_number = whole_number(file, 10);
    if (file.size() != 2 || !file_number || *file_number < 0 || *file_number >= kLexicographerFiles) {
        throw fail("lex_filenum", file, "00 to 44 is expected");
    }
    synset.lexicographer_file = static_cast<int>(*file_number);

    const std::string_view type = next_field(rest);
    if (type.size() != 1 || std::string_view("nvasr").find(type) == std::string_view::npos) {
        throw fail("ss_type", type, "one of n, v, a, s, r is expected");
    }
    synset.type = type.front();

    const std::string_view count = next_field(rest);
    const auto words = whole_number(count, 16);
    if (!words || *words < 1)
        throw fail("w_cnt", count, "a hexadecimal number of words, at least 01, is expected");
    for (std::int64_t i = 0; i < *words; ++i) {
        const std::string_view word = next_field(rest);
        const std::string_view lex_id = next_field(rest);
        if (word.empty() || !whole_number(lex_id, 16)) {
            throw fail("word", word,
                       "word " + std::to_string(i + 1) + " of " + std::to_string(*words) +
                           " and its hexadecimal lex_id are expected");
        }
        synset.lemmas.push_back(without_marker(word));
    }
    synset.definition = definition_of(line.substr(bar + 3));
    return synset;
}

std::vector<Synset> read_wndb(const std::string& path) {
    std::ifstream in(path);
    if (!in) {
        throw InputError(
            path, "",
            "cannot be read. WordNet 3.0 comes with Debian's package wordnet-base (apt-get install "
            "wordnet-base); --source names another folder with data.noun, data.verb, data.adj, data.adv");
    }
    std::vector<Synset> synsets;
    std::vector<Problem> problems;
    std::string line;
    for (std::int64_t number = 1; std::getline(in, line); ++number) {
        if (line.empty() || line.front() == ' ') continue;
        try {
            synsets.push_back(parse_wndb_line(line, path + ":" + std::to_string(number)));
        } catch (const InputError& error) {
            problems.insert(problems.end(), error.problems().begin(), error.problems().end());
            if (problems.size() >= kMaxProblems) break;
        }
    }
    if (in.bad()) throw StorageError(path + ": reading failed");
    if (!problems.empty()) throw InputError(std::move(problems));
    if (synsets.empty()) throw InputError(path, "", "holds no synset");
    return synsets;
}

}  // namespace o2v::prepare
