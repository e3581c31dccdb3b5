// WordNet's dictionary as Object2Vec pairs: the words of a concept beside its definition.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "experiments/prepare/output_folder.hpp"
#include "model/data/tokens.hpp"

namespace o2v::prepare {

struct WordnetOptions {
    std::string source = "/usr/share/wordnet";  // folder with data.noun, data.verb, data.adj, data.adv
    std::int64_t test = 8000;                   // synsets held out
    std::int64_t validation = 4000;
    std::int64_t min_count = 2;  // rarer tokens become "<unk>", which this way is seen in training
    bool all_lemmas = true;      // wordnet: in0 = the tokens of all lemmas; false = of the first one
    std::int64_t negatives = 3;  // wordnet-match: wrong definitions a held-out lemma is shown besides its own
    data::NgramRange ngrams;     // wordnet: n-grams beside the words; those of characters in in0 only
    std::int64_t ngram_min_count = 2;  // rarer n-grams are left out
    std::uint64_t seed = 7;            // of the split, the order and the wrong definitions
};

// Nouns only, one record a synset: in0 = lemma tokens, in1 = definition tokens, label = lexicographer file, 0
// to 25. Writes {train,validation,test}.jsonl, vocabulary{0,1}.json, labels.json and README.txt into
// `folder`, unless they are there already from the same source and options. With n-grams, both sides share
// their ids: vocabulary0.json has all of them, vocabulary1.json those that in1 can have. Throws InputError,
// StorageError.
PreparedFolder prepare_wordnet(const WordnetOptions& options, const std::filesystem::path& folder);

// All four parts of speech: in0 = a lemma's tokens, in1 = definition tokens. train.jsonl has one record a
// lemma, all with label 1 (negatives are drawn in training); a held-out synset has its first lemma with its
// own definition, label 1, and with `negatives` definitions of other held-out synsets, label 0. One
// vocabulary.json for both sides.
PreparedFolder prepare_wordnet_match(const WordnetOptions& options, const std::filesystem::path& folder);

}  // namespace o2v::prepare
