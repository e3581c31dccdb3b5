#include "experiments/prepare/wordnet.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <span>
#include <unordered_set>

#include "experiments/prepare/lexnames.hpp"
#include "experiments/prepare/licence.hpp"
#include "experiments/prepare/pairs.hpp"
#include "experiments/prepare/vocabulary.hpp"
#include "experiments/prepare/wndb.hpp"
#include "model/data/tokens.hpp"
#include "search/study/errors.hpp"

namespace o2v::prepare {

namespace {

using Tokens = std::vector<std::string>;

// A synset in tokens.
struct Entry {
    std::vector<Tokens> lemmas;  // without those that hold no token
    Tokens definition;
    std::int32_t label = 0;
};

struct Split {
    std::vector<Entry> train, validation, test;
};

Entry entry_of(const Synset& synset) {
    Entry entry;
    for (std::string lemma : synset.lemmas) {
        std::replace(lemma.begin(), lemma.end(), '_', ' ');
        Tokens tokens = data::tokenize(lemma);
        if (!tokens.empty()) entry.lemmas.push_back(std::move(tokens));
    }
    entry.definition = data::tokenize(synset.definition);
    entry.label = synset.lexicographer_file - kFirstNounFile;
    return entry;
}

// The synsets of the files, in tokens and shuffled; those without a word or a definition are left out.
Split split_of(const std::vector<std::string>& files, const WordnetOptions& options, std::uint64_t stream) {
    std::vector<Entry> entries;
    for (const std::string& file : files) {
        for (const Synset& synset : read_wndb(file)) {
            Entry entry = entry_of(synset);
            if (!entry.lemmas.empty() && !entry.definition.empty()) entries.push_back(std::move(entry));
        }
    }
    const std::int64_t held_out = options.test + options.validation;
    if (static_cast<std::int64_t>(entries.size()) <= held_out) {
        throw InputError(
            options.source, std::to_string(entries.size()),
            fmt::format("synsets are too few: {} are held out for validation and test", held_out));
    }
    Rng rng(derive_seed(options.seed, stream));
    shuffle(entries, rng);
    const auto test_end = entries.begin() + options.test;
    const auto validation_end = test_end + options.validation;
    Split split;
    split.test.assign(std::make_move_iterator(entries.begin()), std::make_move_iterator(test_end));
    split.validation.assign(std::make_move_iterator(test_end), std::make_move_iterator(validation_end));
    split.train.assign(std::make_move_iterator(validation_end), std::make_move_iterator(entries.end()));
    return split;
}

// Every word of the wanted lemmas once, in order; then every n-gram of one of them.
Tokens lemma_tokens(const Entry& entry, const WordnetOptions& options) {
    const std::span<const Tokens> lemmas(entry.lemmas.data(), options.all_lemmas ? entry.lemmas.size() : 1);
    if (!options.all_lemmas && !options.ngrams.any()) return lemmas.front();
    Tokens result;
    std::unordered_set<std::string> seen;
    const auto take_new = [&](const Tokens& tokens) {
        for (const std::string& token : tokens) {
            if (seen.insert(token).second) result.push_back(token);
        }
    };
    for (const Tokens& lemma : lemmas) take_new(lemma);
    for (const Tokens& lemma : lemmas) take_new(data::ngrams(lemma, options.ngrams));
    return result;
}

Tokens definition_tokens(const Entry& entry, const WordnetOptions& options) {
    Tokens result = entry.definition;
    const Tokens ngrams = data::ngrams(entry.definition, {options.ngrams.words, 0, 0});
    result.insert(result.end(), ngrams.begin(), ngrams.end());
    return result;
}

std::vector<std::string> source_files(const WordnetOptions& options,
                                      std::initializer_list<const char*> names) {
    std::vector<std::string> paths;
    for (const char* name : names) {
        paths.push_back((std::filesystem::path(options.source) / name).string());
        if (!std::filesystem::exists(paths.back()))
            read_wndb(paths.back());  // throws, saying what to install
    }
    return paths;
}

Recipe base_recipe(const WordnetOptions& options) {
    return {{"test", std::to_string(options.test)},
            {"validation", std::to_string(options.validation)},
            {"min_count", std::to_string(options.min_count)},
            {"seed", std::to_string(options.seed)}};
}

void write_vocabulary(OutputFolder& folder, const std::string& name, const Vocabulary& vocabulary,
                      const std::function<bool(std::string_view)>& wanted = {}) {
    OutputFolder::File& file = folder.open(name);
    file.set_rows(vocabulary.write(file.stream(), wanted));
}

void write_matches(OutputFolder::File& file, const std::vector<Entry>& entries, const Vocabulary& vocabulary,
                   std::int64_t negatives, Rng& rng) {
    for (std::size_t i = 0; i < entries.size(); ++i) {
        const auto in0 = vocabulary.ids(entries[i].lemmas.front());
        file.row(pair_record(1, in0, vocabulary.ids(entries[i].definition)));
        for (std::int64_t drawn = 0; drawn < negatives;) {
            const Entry& other = entries[uniform_index(rng, entries.size())];
            if (other.definition == entries[i].definition) continue;
            file.row(pair_record(0, in0, vocabulary.ids(other.definition)));
            ++drawn;
        }
    }
}

// Negatives exist when two definitions differ.
void require_two_definitions(const std::vector<Entry>& entries, const std::string& source) {
    const bool differ = std::any_of(entries.begin(), entries.end(), [&](const Entry& entry) {
        return entry.definition != entries.front().definition;
    });
    if (!entries.empty() && !differ) {
        throw InputError(source, std::to_string(entries.size()),
                         "held-out synsets share one definition: no negatives");
    }
}

}  // namespace

PreparedFolder prepare_wordnet(const WordnetOptions& options, const std::filesystem::path& folder) {
    const auto files = source_files(options, {"data.noun"});
    Recipe recipe = base_recipe(options);
    recipe["lemmas"] = options.all_lemmas ? "all" : "first";
    const bool shared = options.ngrams.any();
    if (shared) {
        recipe["word_ngrams"] = std::to_string(options.ngrams.words);
        recipe["char_ngrams"] = fmt::format("{}-{}", options.ngrams.min_chars, options.ngrams.max_chars);
        recipe["ngram_min_count"] = std::to_string(options.ngram_min_count);
    }
    recipe = recipe_of(files, std::move(recipe));
    if (auto found = find_up_to_date(folder, recipe)) return *found;

    const Split split = split_of(files, options, 0);
    TokenCounts counts[2];
    for (const auto* part : {&split.train, &split.validation, &split.test}) {
        for (const Entry& entry : *part) {
            if (entry.label < 0 || entry.label >= kNounFiles) {
                throw InputError(files.front(), std::to_string(entry.label + kFirstNounFile),
                                 "is not a lexicographer file of nouns (03 to 28)");
            }
        }
    }
    for (const Entry& entry : split.train) {
        counts[0].add(lemma_tokens(entry, options));
        counts[shared ? 0 : 1].add(definition_tokens(entry, options));
    }
    const Vocabulary vocabularies[] = {
        Vocabulary(counts[0], options.min_count, options.ngram_min_count),
        Vocabulary(counts[shared ? 0 : 1], options.min_count, options.ngram_min_count)};

    OutputFolder out(folder, std::move(recipe));
    const std::pair<const char*, const std::vector<Entry>*> parts[] = {
        {"train.jsonl", &split.train}, {"validation.jsonl", &split.validation}, {"test.jsonl", &split.test}};
    for (const auto& [name, entries] : parts) {
        OutputFolder::File& file = out.open(name);
        for (const Entry& entry : *entries) {
            file.row(pair_record(entry.label, vocabularies[0].ids(lemma_tokens(entry, options)),
                                 vocabularies[1].ids(definition_tokens(entry, options))));
        }
    }
    write_vocabulary(out, "vocabulary0.json", vocabularies[0]);
    write_vocabulary(out, "vocabulary1.json", vocabularies[1],
                     [](std::string_view token) { return !data::is_character_ngram(token); });
    OutputFolder::File& labels = out.open("labels.json");
    labels.stream() << nlohmann::json(noun_class_names()).dump(1) << '\n';
    labels.set_rows(kNounFiles);
    out.open("README.txt").stream() << wordnet_readme();
    return out.publish();
}

PreparedFolder prepare_wordnet_match(const WordnetOptions& options, const std::filesystem::path& folder) {
    const auto files = source_files(options, {"data.noun", "data.verb", "data.adj", "data.adv"});
    Recipe recipe = base_recipe(options);
    recipe["negatives"] = std::to_string(options.negatives);
    recipe = recipe_of(files, std::move(recipe));
    if (auto found = find_up_to_date(folder, recipe)) return *found;

    const Split split = split_of(files, options, 1);
    if (options.negatives > 0) {
        require_two_definitions(split.validation, options.source);
        require_two_definitions(split.test, options.source);
    }
    std::vector<std::pair<const Tokens*, const Tokens*>> train;
    TokenCounts counts;
    for (const Entry& entry : split.train) {
        for (const Tokens& lemma : entry.lemmas) {
            train.emplace_back(&lemma, &entry.definition);
            counts.add(lemma);
        }
        counts.add(entry.definition);
    }
    Rng rng(derive_seed(options.seed, 2));
    shuffle(train, rng);
    const Vocabulary vocabulary(counts, options.min_count);

    OutputFolder out(folder, std::move(recipe));
    OutputFolder::File& train_file = out.open("train.jsonl");
    for (const auto& [lemma, definition] : train) {
        train_file.row(pair_record(1, vocabulary.ids(*lemma), vocabulary.ids(*definition)));
    }
    write_matches(out.open("validation.jsonl"), split.validation, vocabulary, options.negatives, rng);
    write_matches(out.open("test.jsonl"), split.test, vocabulary, options.negatives, rng);
    write_vocabulary(out, "vocabulary.json", vocabulary);
    out.open("README.txt").stream() << wordnet_readme();
    return out.publish();
}

}  // namespace o2v::prepare
