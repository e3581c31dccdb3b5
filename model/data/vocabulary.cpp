#include "model/data/vocabulary.hpp"

#include <simdjson.h>

#include <algorithm>
#include <limits>

#include "search/study/errors.hpp"

namespace o2v::data {
namespace {

simdjson::dom::element load(simdjson::dom::parser& parser, const std::string& path) {
    simdjson::dom::element document;
    const auto error = parser.load(path).get(document);
    if (error == simdjson::IO_ERROR) throw StorageError(path + ": cannot read");
    if (error) throw InputError(path, "", std::string("is not JSON: ") + simdjson::error_message(error));
    return document;
}

}  // namespace

Vocabulary::Vocabulary(const std::string& path) {
    simdjson::dom::parser parser;
    simdjson::dom::object object;
    if (load(parser, path).get_object().get(object))
        throw InputError(path, "", R"(must be an object {"token": id})");
    std::vector<Problem> problems;
    for (const auto field : object) {
        std::int64_t id = 0;
        const bool integer = !field.value.get_int64().get(id);
        if (!integer || id < 0 || id > std::numeric_limits<std::int32_t>::max()) {
            problems.push_back({path + ": " + std::string(field.key), simdjson::minify(field.value),
                                "must be an id, an integer of at least 0"});
            if (problems.size() == 20) break;
            continue;
        }
        ids_[std::string(field.key)] = static_cast<std::int32_t>(id);
        note_ngram(field.key);
    }
    if (!problems.empty()) throw InputError(std::move(problems));
    unknown_ = find("<unk>");
}

void Vocabulary::note_ngram(std::string_view token) {
    NgramRange& range = ngram_range_;
    if (is_character_ngram(token)) {
        const auto length = static_cast<int>(token.size()) - 1;
        range.min_chars = range.max_chars == 0 ? length : std::min(range.min_chars, length);
        range.max_chars = std::max(range.max_chars, length);
    } else if (is_word_ngram(token)) {
        range.words =
            std::max(range.words, 1 + static_cast<int>(std::count(token.begin(), token.end(), ' ')));
    }
}

std::int32_t Vocabulary::find(const std::string& word) const {
    const auto found = ids_.find(word);
    return found == ids_.end() ? -1 : found->second;
}

std::vector<std::int32_t> Vocabulary::encode(std::string_view text) const {
    std::vector<std::int32_t> ids;
    const std::vector<std::string> words = tokenize(text);
    const bool is_word = words.size() == 1 && words.front() == text;
    const bool of_known_words =
        is_word_ngram(text) &&
        std::any_of(words.begin(), words.end(), [this](const std::string& word) { return find(word) >= 0; });
    if (!is_word && !of_known_words && !is_character_ngram(text))
        if (const std::int32_t id = find(std::string(text)); id >= 0) return {id};
    for (const std::string& word : words) {
        std::int32_t id = find(word);
        if (id < 0) id = unknown_;
        if (id >= 0) ids.push_back(id);
    }
    for (const std::string& ngram : ngrams(words, ngram_range_)) {
        if (const std::int32_t id = find(ngram); id >= 0) ids.push_back(id);
    }
    return ids;
}

std::vector<std::string> read_labels(const std::string& path) {
    simdjson::dom::parser parser;
    simdjson::dom::array array;
    if (load(parser, path).get_array().get(array)) throw InputError(path, "", "must be an array of names");
    std::vector<std::string> names;
    for (const simdjson::dom::element element : array) {
        std::string_view name;
        if (element.get_string().get(name)) {
            throw InputError(path + ": /" + std::to_string(names.size()), simdjson::minify(element),
                             "must be a text");
        }
        names.emplace_back(name);
    }
    return names;
}

}  // namespace o2v::data
