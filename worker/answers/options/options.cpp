#include "worker/answers/options/options.hpp"

#include <filesystem>
#include <map>
#include <memory>

namespace o2v::answers {

const CLI::Validator kReadable(
    [](const std::string& path) {
        return path == "-" || std::filesystem::exists(path) ? std::string() : "there is no file " + path;
    },
    "", "file");

void add_model_options(CLI::App& command, ModelOptions& options) {
    command.add_option("MODEL", options.model, "a model's folder, or the name of a promoted model")
        ->required();
    command.add_option("--in-folder", options.folder)->group("");
    command.add_option("--device", options.device, "cpu or cuda:N")->capture_default_str();
    command.add_option("--threads", options.threads, "threads that compute (default: this process's cores)")
        ->check(CLI::PositiveNumber);
}

CLI::Option* add_side(CLI::App& command, int& side) {
    static const std::map<std::string, int> sides{{"in0", 0}, {"in1", 1}};
    return command.add_option("--side", side, "in0 or in1")
        ->transform(CLI::CheckedTransformer(sides))
        ->type_name("in0|in1");
}

void add_predict(CLI::App& app, const Predict& carry_out) {
    auto* command = app.add_subcommand("predict", "scores of pairs, embeddings of single sides");
    auto options = std::make_shared<PredictOptions>();
    add_model_options(*command, *options);
    auto* in0 =
        command
            ->add_option("--in0", options->in0, "first side: words, or a JSON list of token ids (repeatable)")
            ->allow_extra_args(false);
    auto* in1 =
        command->add_option("--in1", options->in1, "second side (repeatable)")->allow_extra_args(false);
    command
        ->add_option(
            "--input", options->input,
            "JSON Lines of {\"in0\": ..., \"in1\": ...}, or one document {\"instances\": [...]}; - = "
            "standard input (default)")
        ->check(kReadable)
        ->excludes(in0)
        ->excludes(in1);
    command->add_option("--output", options->output,
                        "where the answers go, in the input's form; written aside and renamed when complete");
    command
        ->add_option("--content-type", options->format,
                     "what the input is: jsonlines or json (default: json when its name ends in .json)")
        ->check(CLI::IsMember({"jsonlines", "json"}))
        ->excludes(in0)
        ->excludes(in1);
    command->add_flag("--json", options->json, "JSON in place of the table");
    command->add_flag("--label", options->label, "with the name of the best class in each JSON line");
    command->add_option("--top", options->top, "classes shown for people")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    command->footer(
        "Both sides give scores, one side gives its embedding, as SageMaker's batch transform does; further\n"
        "keys of a line, such as its label, are passed over.\n\n"
        "Examples:\n"
        "  o2v-tune predict wordnet --in0 \"espresso machine\" --in1 \"a machine that brews strong coffee\"\n"
        "  o2v-tune predict wordnet --input pairs.jsonl --output answers.jsonl\n");
    command->callback([options, carry_out] { carry_out(*options); });
}

void add_embed(CLI::App& app, const Embed& carry_out) {
    auto* command = app.add_subcommand("embed", "one side's embeddings, as a file for other programs");
    auto options = std::make_shared<EmbedOptions>();
    add_model_options(*command, *options);
    add_side(*command, options->side)->required();
    auto* input = command
                      ->add_option("--input", options->input,
                                   "JSON Lines that have the side: {\"in0\": [ids] or \"words\", ...}; a "
                                   "\"name\" is kept; - = standard input (default)")
                      ->check(kReadable);
    command->add_flag("--vocabulary", options->vocabulary, "each token of the model's vocabulary instead")
        ->excludes(input);
    command->add_option(
        "--output", options->output,
        "x.npy, x.jsonl, or x.tsv with x.metadata.tsv beside it, for TensorBoard's projector; "
        "- = JSON Lines to standard output (default)");
    command->add_option("--format", options->format, "npy, jsonl or tsv (default: by the output's name)")
        ->check(CLI::IsMember({"npy", "jsonl", "tsv"}));
    command->footer(
        "Examples:\n  o2v-tune embed wordnet --side in1 --input definitions.jsonl --output definitions.npy\n"
        "  o2v-tune embed movielens --side in1 --vocabulary --output films.tsv\n");
    command->callback([options, carry_out] { carry_out(*options); });
}

}  // namespace o2v::answers
