#include "experiments/prepare/sick.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>

#include "experiments/prepare/licence.hpp"
#include "experiments/prepare/pairs.hpp"
#include "experiments/prepare/text_lines.hpp"
#include "experiments/prepare/vocabulary.hpp"
#include "model/data/tokens.hpp"
#include "search/study/errors.hpp"

namespace o2v::prepare {

namespace fs = std::filesystem;

namespace {

constexpr std::array<const char*, 3> kJudgments = {"CONTRADICTION", "ENTAILMENT", "NEUTRAL"};

double to_relatedness(const std::string& text, const std::string& where) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || !(value >= 1 && value <= 5)) {
        throw InputError(where + ": relatedness_score", text, "a number from 1 to 5 is expected");
    }
    return value;
}

std::int32_t to_entailment(const std::string& text, const std::string& where) {
    const auto found = std::find(kJudgments.begin(), kJudgments.end(), text);
    if (found == kJudgments.end()) {
        throw InputError(where + ": entailment_judgment", text,
                         "CONTRADICTION, ENTAILMENT or NEUTRAL is expected");
    }
    return static_cast<std::int32_t>(found - kJudgments.begin());
}

std::string require_words(const std::string& sentence, const std::string& where, const char* field) {
    if (data::tokenize(sentence).empty())
        throw InputError(where + ": " + field, sentence, "a sentence is expected");
    return sentence;
}

}  // namespace

std::vector<SickPair> read_sick_pairs(const std::string& path) {
    std::vector<SickPair> pairs;
    for_each_line(path, true, [&](std::string_view line, const std::string& where) {
        const auto fields = split_fields(line, '\t');
        if (fields.size() != 5) {
            throw InputError(where, std::to_string(fields.size()) + " fields",
                             "5 fields are expected: pair_ID, sentence_A, sentence_B, relatedness_score, "
                             "entailment_judgment");
        }
        pairs.push_back({require_words(fields[1], where, "sentence_A"),
                         require_words(fields[2], where, "sentence_B"), to_relatedness(fields[3], where),
                         to_entailment(fields[4], where)});
    });
    return pairs;
}

PreparedFolder prepare_sick(const SickOptions& options, SickTask task, const fs::path& folder) {
    std::vector<std::string> files;
    for (const char* name : {"SICK_train.txt", "SICK_trial.txt", "SICK_test_annotated.txt"}) {
        files.push_back((fs::path(options.source) / name).string());
        if (!fs::exists(files.back())) {
            throw InputError(files.back(), "",
                             "no such file. Download the set of SemEval-2014 task 1 from "
                             "https://zenodo.org/record/2787612 (SICK_train.txt, SICK_trial.txt, "
                             "SICK_test_annotated.txt) and name the unpacked folder with --source");
        }
    }
    const bool entailment = task == SickTask::entailment;
    const Recipe recipe = recipe_of(files, {{"task", entailment ? "entailment" : "relatedness"},
                                            {"min_count", std::to_string(options.min_count)}});
    if (auto found = find_up_to_date(folder, recipe)) return *found;

    const std::vector<SickPair> parts[] = {read_sick_pairs(files[0]), read_sick_pairs(files[1]),
                                           read_sick_pairs(files[2])};
    TokenCounts counts;
    for (const SickPair& pair : parts[0]) {
        counts.add(data::tokenize(pair.sentence_a));
        counts.add(data::tokenize(pair.sentence_b));
    }
    const Vocabulary vocabulary(counts, options.min_count);

    OutputFolder out(folder, recipe);
    constexpr std::array<const char*, 3> kNames = {"train.jsonl", "validation.jsonl", "test.jsonl"};
    for (std::size_t part = 0; part < kNames.size(); ++part) {
        OutputFolder::File& file = out.open(kNames[part]);
        for (const SickPair& pair : parts[part]) {
            const double label = entailment ? pair.entailment : pair.relatedness;
            const auto a = vocabulary.ids(data::tokenize(pair.sentence_a)),
                       b = vocabulary.ids(data::tokenize(pair.sentence_b));
            file.row(pair_record(label, a, b));
            if (part == 0 && !entailment) file.row(pair_record(label, b, a));
        }
    }
    OutputFolder::File& words = out.open("vocabulary.json");
    words.set_rows(vocabulary.write(words.stream()));
    if (entailment) {
        OutputFolder::File& labels = out.open("labels.json");
        labels.stream() << nlohmann::json(kJudgments).dump(1) << '\n';
        labels.set_rows(std::ssize(kJudgments));
    }
    out.open("README.txt").stream() << "Object2Vec pairs made by o2v-prepare from SICK.\n\n" << sick_terms();
    return out.publish();
}

}  // namespace o2v::prepare
