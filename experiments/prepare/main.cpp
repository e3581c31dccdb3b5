// o2v-prepare: public data sets -> training pairs for the experiments beside this folder.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <functional>

#include "experiments/prepare/licence.hpp"
#include "experiments/prepare/movielens.hpp"
#include "experiments/prepare/movielens_genres.hpp"
#include "experiments/prepare/sick.hpp"
#include "experiments/prepare/wordnet.hpp"
#include "search/study/errors.hpp"

namespace {

using namespace o2v::prepare;

void show(const PreparedFolder& folder) {
    fmt::print("{}{}\n", folder.path, folder.was_up_to_date ? "  is up to date:" : "  written:");
    for (const PreparedFile& file : folder.files) {
        const std::string rows = file.rows > 0 ? fmt::format("{} rows", file.rows) : std::string();
        fmt::print("  {:<18} {:>13} {:>11.1f} KiB\n", file.name, rows,
                   static_cast<double>(file.bytes) / 1024);
    }
    std::fflush(stdout);
}

// "3-5" -> the lengths of character n-grams; "" leaves them off.
void read_lengths(const std::string& text, o2v::data::NgramRange& range) {
    if (text.empty()) return;
    const char* const end = text.data() + text.size();
    const auto [dash, first] = std::from_chars(text.data(), end, range.min_chars);
    const bool has_max = first == std::errc() && dash != end && *dash == '-';
    const auto [rest, second] = std::from_chars(has_max ? dash + 1 : end, end, range.max_chars);
    if (!has_max || second != std::errc() || rest != end || range.min_chars < 1 || range.max_chars > 20 ||
        range.min_chars > range.max_chars) {
        throw o2v::InputError("--char-ngrams", text,
                              "two lengths from 1 to 20 are expected, the smaller first: 3-5");
    }
}

// What a program of ours ends with: 0 done, 1 failed, 2 bad input.
int guarded(const std::function<void()>& work) {
    try {
        work();
        return 0;
    } catch (const o2v::InputError& error) {
        for (const o2v::Problem& problem : error.problems())
            fmt::print(stderr, "o2v-prepare: {}\n", problem.to_string());
        return 2;
    } catch (const std::exception& error) {
        fmt::print(stderr, "o2v-prepare: {}\n", error.what());
        return 1;
    }
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{
        "Turns public data sets into training pairs for Object2Vec (JSON Lines) with vocabulary files.\n"
        "The same source and options give the same files, byte for byte; what is up to date is left alone."};
    app.set_version_flag("--version", "o2v-prepare " O2V_VERSION);
    app.require_subcommand(1);
    app.footer(
        "Example:\n"
        "  o2v-prepare wordnet --out experiments/data\n"
        "  o2v-tune run experiments/wordnet.json\n");

    std::string out, task = "both";
    WordnetOptions wordnet;
    std::string lemmas = "all", char_ngrams;
    CLI::App* wordnet_command = app.add_subcommand("wordnet",
                                                   "WordNet 3.0 (Debian's wordnet-base): DIR/wordnet, words "
                                                   "and definition of a noun -> one of 26 classes,\n"
                                                   "and DIR/wordnet-match, a word and its definition");
    wordnet_command->add_option("--out", out, "Folder that gets wordnet/ and wordnet-match/")
        ->required()
        ->type_name("DIR");
    wordnet_command
        ->add_option("--source", wordnet.source, "Folder with data.noun, data.verb, data.adj, data.adv")
        ->capture_default_str()
        ->type_name("DIR");
    wordnet_command
        ->add_option("--min-count", wordnet.min_count, "Tokens rarer than this in training become <unk>")
        ->capture_default_str()
        ->check(CLI::PositiveNumber);
    wordnet_command
        ->add_option("--lemmas", lemmas, "wordnet: in0 holds the tokens of all lemmas, or of the first")
        ->capture_default_str()
        ->check(CLI::IsMember({"all", "first"}));
    wordnet_command
        ->add_option("--negatives", wordnet.negatives,
                     "wordnet-match: wrong definitions a held-out word is shown")
        ->capture_default_str()
        ->check(CLI::Range(0, 100));
    wordnet_command
        ->add_option("--word-ngrams", wordnet.ngrams.words,
                     "Writes DIR/wordnet-ngrams instead: 2 = pairs of neighbouring words are tokens too")
        ->check(CLI::Range(1, 5));
    wordnet_command
        ->add_option("--char-ngrams", char_ngrams,
                     "The same with the pieces of a lemma's words, this many characters long")
        ->type_name("MIN-MAX");
    wordnet_command
        ->add_option("--ngram-min-count", wordnet.ngram_min_count, "Rarer n-grams in training are left out")
        ->capture_default_str()
        ->check(CLI::PositiveNumber);
    wordnet_command->add_option("--seed", wordnet.seed, "Of the split and the order")->capture_default_str();
    wordnet_command->footer(
        "Examples:\n"
        "  o2v-prepare wordnet --out experiments/data\n"
        "  o2v-prepare wordnet --word-ngrams 2 --char-ngrams 3-5 --out experiments/data\n");

    MovielensOptions movielens;
    CLI::App* movielens_command = app.add_subcommand(
        "movielens",
        "MovieLens ratings that you downloaded: DIR/movielens-rating, user and movie -> rating,\n"
        "DIR/movielens-liked, user and movie -> rated above 3, and, when asked for, DIR/movielens-genres,\n"
        "title and genre -> whether it is of this genre");
    movielens_command
        ->add_option("--out", out, "Folder that gets movielens-rating/, movielens-liked/, movielens-genres/")
        ->required()
        ->type_name("DIR");
    movielens_command
        ->add_option("--source", movielens.source,
                     "The unpacked set: ua.base and ua.test, or u.data, or ratings.csv; u.item or movies.csv")
        ->required()
        ->type_name("DIR");
    movielens_command->add_option("--task", task, "Which of them; both: rating and liked")
        ->capture_default_str()
        ->check(CLI::IsMember({"rating", "liked", "both", "genres"}));
    movielens_command->add_flag(
        "--features", movielens.features,
        "Writes DIR/movielens-rating-features and -liked-features instead: with age, gender,\n"
        "occupation, genres and decade (100K); ua.test is the test set then");
    movielens_command
        ->add_option("--validation-share", movielens.validation_share,
                     "Of the ratings, where ua.test is not the validation set; of the movies for genres")
        ->capture_default_str()
        ->check(CLI::Range(0.0, 1.0));
    movielens_command->add_option("--seed", movielens.seed, "Of the split and the order")
        ->capture_default_str();
    movielens_command->footer(
        "Example:\n"
        "  curl -LO https://files.grouplens.org/datasets/movielens/ml-100k.zip && unzip ml-100k.zip\n"
        "  o2v-prepare movielens --source ml-100k --out experiments/data\n"
        "  o2v-prepare movielens --task genres --source ml-100k --out experiments/data\n");

    SickOptions sick;
    CLI::App* sick_command = app.add_subcommand(
        "sick",
        "SICK sentence pairs that you downloaded: DIR/sick-entailment, two sentences -> one of 3 classes,\n"
        "and DIR/sick-relatedness, two sentences -> 1 to 5");
    sick_command->add_option("--out", out, "Folder that gets sick-entailment/ and sick-relatedness/")
        ->required()
        ->type_name("DIR");
    sick_command
        ->add_option("--source", sick.source,
                     "Folder with SICK_train.txt, SICK_trial.txt, SICK_test_annotated.txt")
        ->required()
        ->type_name("DIR");
    sick_command->add_option("--min-count", sick.min_count, "Tokens rarer than this in training become <unk>")
        ->capture_default_str()
        ->check(CLI::PositiveNumber);
    sick_command->footer("Example:\n  o2v-prepare sick --source sick --out experiments/data\n");

    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
    return guarded([&] {
        const std::filesystem::path folder = out;
        if (wordnet_command->parsed()) {
            wordnet.all_lemmas = lemmas == "all";
            read_lengths(char_ngrams, wordnet.ngrams);
            if (wordnet.ngrams.any()) {
                show(prepare_wordnet(wordnet, folder / "wordnet-ngrams"));
            } else {
                show(prepare_wordnet(wordnet, folder / "wordnet"));
                show(prepare_wordnet_match(wordnet, folder / "wordnet-match"));
            }
        } else if (sick_command->parsed()) {
            fmt::print("{}\n", sick_terms());
            show(prepare_sick(sick, SickTask::entailment, folder / "sick-entailment"));
            show(prepare_sick(sick, SickTask::relatedness, folder / "sick-relatedness"));
        } else {
            fmt::print("{}\n", movielens_terms());
            if (task == "genres") {
                if (movielens.features)
                    throw o2v::InputError("--features", "", "has no effect on --task genres: leave it out");
                MovielensGenreOptions genres;
                genres.source = movielens.source;
                genres.seed = movielens.seed;
                genres.validation_share = movielens.validation_share;
                show(prepare_movielens_genres(genres, folder / "movielens-genres"));
                return;
            }
            const char* const suffix = movielens.features ? "-features" : "";
            for (const auto& [name, value] :
                 {std::pair{"rating", MovielensTask::rating}, std::pair{"liked", MovielensTask::liked}}) {
                if (task == name || task == "both") {
                    show(prepare_movielens(movielens, value,
                                           folder / fmt::format("movielens-{}{}", name, suffix)));
                }
            }
        }
    });
}
