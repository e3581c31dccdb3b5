// SICK (SemEval-2014 task 1) as Object2Vec pairs: two sentences, how they are related. The files are
// downloaded by the user.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "experiments/prepare/output_folder.hpp"

namespace o2v::prepare {

enum class SickTask {
    entailment,   // label = 0 contradiction, 1 entailment, 2 neutral
    relatedness,  // label = the score, 1 to 5; a regression
};

struct SickOptions {
    std::string source;          // folder with SICK_train.txt, SICK_trial.txt, SICK_test_annotated.txt
    std::int64_t min_count = 2;  // rarer tokens become "<unk>"
};

struct SickPair {
    std::string sentence_a, sentence_b;
    double relatedness = 0;       // 1 to 5
    std::int32_t entailment = 0;  // as SickTask numbers them
    bool operator==(const SickPair&) const = default;
};

// A heading, then pair_ID, sentence_A, sentence_B, relatedness_score, entailment_judgment between tabs.
// Throws InputError with up to 20 bad lines, each with file:line, field and value.
std::vector<SickPair> read_sick_pairs(const std::string& path);

// in0 = the tokens of sentence A, in1 = those of sentence B. Writes train.jsonl, validation.jsonl (the set's
// "trial" pairs), test.jsonl, one vocabulary.json for both sides, labels.json for entailment, and README.txt
// into `folder`, unless they are there already. Relatedness has no direction: its training pairs stand in
// train.jsonl a second time with the sentences exchanged. Throws InputError, StorageError.
PreparedFolder prepare_sick(const SickOptions& options, SickTask task, const std::filesystem::path& folder);

}  // namespace o2v::prepare
