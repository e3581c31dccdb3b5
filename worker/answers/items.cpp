#include "worker/answers/items.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "model/data/tokens.hpp"
#include "search/study/errors.hpp"
#include "worker/answers/answers.hpp"
#include "worker/answers/streamed.hpp"

namespace o2v::answers {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

}  // namespace

Words::Words(const data::Vocabulary& vocabulary) {
    for (const auto& [word, id] : vocabulary.ids())
        if (!data::is_word_ngram(word) && !data::is_character_ngram(word)) words_.emplace(id, word);
}

std::string Words::text_of(std::span<const std::int32_t> ids) const {
    if (words_.empty()) return json(ids).dump();
    std::string text;
    for (const std::int32_t id : ids) {
        const auto found = words_.find(id);
        if (found == words_.end()) continue;
        if (!text.empty()) text += ' ';
        text += found->second;
    }
    return text;
}

std::string name_of(const std::string& line, int side, std::span<const std::int32_t> ids,
                    const Words& words) {
    const json object = json::parse(line);
    for (const char* const key : {"name", side == 0 ? "in0" : "in1"}) {
        const auto found = object.find(key);
        if (found != object.end() && found->is_string()) return found->get<std::string>();
    }
    return words.text_of(ids);
}

NamedTokens vocabulary_tokens(const model::Predictor& predictor, int side) {
    const data::Vocabulary& vocabulary = predictor.vocabulary(side);
    if (vocabulary.empty())
        throw InputError(fmt::format("vocabulary{}.json", side), "",
                         "is not there: the model came without words");
    std::vector<std::pair<std::int32_t, std::string>> known;
    const std::int64_t limit = predictor.options().enc[side].vocab_size;
    for (const auto& [word, id] : vocabulary.ids())
        if (id > 0 && id < limit) known.emplace_back(id, word);
    std::sort(known.begin(), known.end());
    NamedTokens tokens;
    for (auto& [id, word] : known) {
        tokens.sequences.append({&id, 1});
        tokens.names.push_back(std::move(word));
    }
    return tokens;
}

Items embed_items(const model::Predictor& predictor, const std::string& input, int side, Repeats repeats) {
    if (input.empty()) {
        NamedTokens tokens = vocabulary_tokens(predictor, side);
        return {predictor.embed(side, tokens.sequences), std::move(tokens.sequences),
                std::move(tokens.names)};
    }
    const Words words(predictor.vocabulary(side));
    std::set<std::vector<std::int32_t>> seen;
    Items items;
    items.embeddings.columns = predictor.options().enc_dim;
    const auto embed = [&](const Chunk& chunk) {
        expect_side(chunk, side, input);
        Items some;
        some.tokens = chunk.queries.side(side);
        some.embeddings = predictor.embed(side, some.tokens);
        for (std::int64_t row = 0; row < some.tokens.size(); ++row)
            some.names.push_back(
                name_of(chunk.lines[static_cast<std::size_t>(row)], side, some.tokens[row], words));
        return some;
    };
    const auto add = [&](const Items& some) {
        for (std::int64_t row = 0; row < some.tokens.size(); ++row) {
            const auto tokens = some.tokens[row];
            if (repeats == Repeats::left_out && !seen.emplace(tokens.begin(), tokens.end()).second) continue;
            const auto vector = some.embeddings[row];
            items.embeddings.values.insert(items.embeddings.values.end(), vector.begin(), vector.end());
            ++items.embeddings.rows;
            items.tokens.append(tokens);
            items.names.push_back(some.names[static_cast<std::size_t>(row)]);
        }
    };
    StreamOptions options;
    options.input = input;
    options.keep_lines = options.progress = true;
    answer_stream(options, rules_of(predictor), embed, add);
    if (items.size() == 0) throw InputError(input, "", "holds no item");
    return items;
}

data::Sequences typed(const model::Predictor& predictor, const std::vector<std::string>& texts, int side,
                      const std::string& option) {
    Queries queries;
    QueryParser parser(rules_of(predictor));
    const std::string key = fmt::format("in{}", side);
    for (const std::string& text : texts) {
        json value = text;
        if (text.starts_with('[')) value = json::parse(text, nullptr, false);
        if (value.is_discarded())
            throw InputError(option, text, "must be words, or a JSON list of token ids");
        const json object{{key, value}};
        std::string line = object.dump(-1, ' ', false, json::error_handler_t::replace);
        line.reserve(line.size() + QueryParser::kPadding);
        parser.add_object(
            line, [&] { return option; }, queries);
        if (queries.side(side)[queries.size() - 1].empty())
            throw InputError(option, text, "holds no word that the model knows");
    }
    return queries.side(side);
}

std::string default_index(const std::string& model, int side) {
    std::error_code error;
    const fs::path folder = fs::canonical(model, error);
    return ((error ? fs::path(model) : folder) / fmt::format("index-in{}", side)).string();
}

model::ItemIndex open_index(const std::string& model, const std::string& folder, int side) {
    const std::string path = folder.empty() ? default_index(model, side) : folder;
    if (!fs::is_directory(path))
        throw InputError(path, "", "there is no index yet; o2v-tune index MODEL --items ITEMS makes one");
    model::ItemIndex index = model::read_index(path);
    if (index.items.side != side)
        throw InputError(path, "", fmt::format("is an index of in{}, not of in{}", index.items.side, side));
    if (index.items.model != model::fingerprint_of_model(model))
        throw StorageError(path +
                           ": was made by other weights than the model has now; o2v-tune index MODEL "
                           "--items ITEMS makes it anew");
    return index;
}

std::int64_t ranking_column(const model::Options& options, std::int64_t asked) {
    if (options.output_layer != model::OutputLayer::softmax) {
        if (asked >= 0)
            throw InputError("--relevant-class", std::to_string(asked),
                             "the model gives a value, no classes");
        return 0;
    }
    if (asked < 0 && options.num_classes == 2) return 1;
    if (asked < 0 || asked >= options.num_classes)
        throw InputError("--relevant-class", asked < 0 ? "" : std::to_string(asked),
                         fmt::format("must name a class from 0 to {}", options.num_classes - 1));
    return asked;
}

}  // namespace o2v::answers
