#include "model/data/pretrained.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string_view>
#include <unordered_set>

#include "model/data/line_reader.hpp"
#include "search/study/errors.hpp"

namespace o2v::data {
namespace {

// Cuts the next word off `rest`; empty at the end.
std::string_view take_word(std::string_view& rest) {
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
    const std::string_view word = rest.substr(0, rest.find_first_of(" \t"));
    rest.remove_prefix(word.size());
    return word;
}

}  // namespace

PretrainedVectors read_pretrained(const std::string& path, const Vocabulary& vocabulary, std::int64_t dim,
                                  std::int64_t vocab_size) {
    LineReader lines(path);
    PretrainedVectors result;
    std::unordered_set<std::int32_t> seen;
    std::string_view line;
    while (lines.next(line)) {
        std::string_view rest = line;
        const std::string token(take_word(rest));
        if (token.empty()) continue;
        const std::int32_t id = vocabulary.find(token);
        if (id < 0 || !seen.insert(id).second) continue;
        if (id >= vocab_size) {
            throw InputError(lines.where(), token,
                             "has an id not below vocab_size = " + std::to_string(vocab_size));
        }
        std::int64_t count = 0;
        for (std::string_view word = take_word(rest); !word.empty(); word = take_word(rest), ++count) {
            float value = 0;
            const auto parsed = std::from_chars(word.data(), word.data() + word.size(), value);
            if (parsed.ec != std::errc() || parsed.ptr != word.data() + word.size() ||
                !std::isfinite(value)) {
                throw InputError(lines.where(), std::string(word), "must be a finite number");
            }
            result.values.push_back(value);
        }
        if (count != dim) {
            throw InputError(lines.where(), std::to_string(count) + " numbers",
                             "must be as many as token_embedding_dim = " + std::to_string(dim));
        }
        result.ids.push_back(id);
    }
    return result;
}

}  // namespace o2v::data
