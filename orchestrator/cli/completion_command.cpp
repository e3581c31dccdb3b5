// completion: o2v-tune for a shell's TAB key.
#include <fmt/format.h>

#include <memory>

#include "orchestrator/cli/candidates.hpp"
#include "orchestrator/cli/commands.hpp"

namespace o2v::cli {

extern const char* const kCompletionScript;

namespace {

// A TAB is no place for an error: what cannot be looked up is not offered.
void print_candidates(const CLI::App& program, const std::vector<std::string>& words) {
    Candidates found;
    try {
        found = candidates(program, words);
    } catch (const std::exception&) {
        found.files = true;
    }
    for (const std::string& word : found.words) fmt::print("{}\n", word);
    if (found.files) fmt::print(":files\n");
}

}  // namespace

void add_completion(CLI::App& app, int& exit_code) {
    auto* command = app.add_subcommand("completion", "print what has bash complete o2v-tune's command lines");
    command->require_subcommand(1);
    command->footer(
        "Commands, options, their values, studies and promoted models are completed. An installed o2v-tune\n"
        "needs only the package bash-completion.\n\n"
        "Example (the line may stand in ~/.bashrc):\n  source <(o2v-tune completion bash)\n");
    auto* bash = command->add_subcommand("bash", "the script for bash");
    bash->footer("Example:\n  source <(o2v-tune completion bash)\n");
    bash->callback([&exit_code] {
        fmt::print("{}", kCompletionScript);
        exit_code = kDone;
    });
    auto* words = command->add_subcommand("words", "what the last word may become, for the script");
    words->group("");
    auto given = std::make_shared<std::vector<std::string>>();
    words->add_option("WORDS", *given, "each behind a =, so that none of them is an option here");
    words->callback([&app, given, &exit_code] {
        for (std::string& word : *given) word.erase(0, 1);
        print_candidates(app, *given);
        exit_code = kDone;
    });
}

}  // namespace o2v::cli
