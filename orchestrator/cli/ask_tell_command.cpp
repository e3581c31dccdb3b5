#include <memory>

#include "orchestrator/ask_tell.hpp"
#include "orchestrator/cli/commands.hpp"
#include "orchestrator/stored_study.hpp"
#include "orchestrator/warm_start.hpp"
#include "search/catalog.hpp"

namespace o2v::cli {
namespace {

namespace orc = o2v::orchestrator;

struct Options {
    std::string file, strategy, database;
    std::int64_t seed = -1;
};

void ask_tell(const Options& options) {
    orc::Experiment experiment = orc::load_asked(
        options.file, options.strategy.empty() ? std::nullopt : std::optional(options.strategy),
        options.seed < 0 ? std::nullopt : std::optional(options.seed));
    experiment.study.prior = orc::prior_trials(experiment, options.database);
    const auto database = orc::open_asked(experiment, options.database);
    Study study = orc::rebuild(experiment.study, *database.storage);
    const auto searcher = search::make_searcher(study.spec());
    const auto pruner = search::make_pruner(study.spec());
    orc::AskTell asked(study, *database.storage, *searcher, *pruner);
    orc::serve(asked, 0, stdout);
}

}  // namespace

void add_ask_tell(CLI::App& app, int& exit_code) {
    auto* command = app.add_subcommand("ask-tell", "a search over trials that another program runs");
    auto options = std::make_shared<Options>();
    command
        ->add_option("FILE", options->file, "objective, search and pruner (JSON), as in an experiment file")
        ->required();
    command->add_option("--strategy", options->strategy, "in place of the file's search/strategy");
    command->add_option("--seed", options->seed, "in place of the file's search/seed")
        ->check(CLI::NonNegativeNumber);
    command->add_option("--db", options->database,
                        "keep the study in this SQLite file; the same command continues it");
    command->footer(
        "One JSON object a line on standard input, its answer on standard output, until the input ends. The "
        "file\n"
        "is an experiment file in which parameters may have any names; \"data\", \"budget\" and whatever "
        "else "
        "says\n"
        "how trials are run may be there and counts for nothing. Without an objective \"value\" is "
        "minimized.\n\n"
        "The least there can be:\n"
        "  {\"search\": {\"space\": {\"depth\": {\"type\": \"int\", \"min\": 1, \"max\": 9},\n"
        "                        \"rate\": {\"type\": \"float\", \"min\": 1e-4, \"max\": 1, \"scale\": "
        "\"log\"}}}}\n\n"
        "A session (< is what you write, > the answer):\n"
        "  < {\"ask\": 2}\n"
        "  > {\"trial\":0,\"params\":{\"depth\":4,\"rate\":0.013}}\n"
        "  > {\"trial\":1,\"params\":{\"depth\":2,\"rate\":0.2}}\n"
        "  < {\"tell\": {\"trial\": 0, \"value\": 1.5}}\n"
        "  > {\"ok\":true}\n"
        "  < {\"tell\": {\"trial\": 1, \"state\": \"failed\", \"message\": \"out of memory\"}}\n"
        "  > {\"ok\":true}\n\n"
        "An ask for N is answered with N lines. {\"trial\":null,\"reason\":...} stands for one that there is "
        "not:\n"
        "every configuration has been tried. A value may be null or NaN: the trial completed without a "
        "number.\n"
        "Several goals or constraints are told together: {\"tell\": {\"trial\": 0, \"values\": {\"loss\": "
        "1.5, \"bytes\": 9e6}}}.\n\n"
        "With a pruner, report after each epoch, from 0 on and without gaps:\n"
        "  < {\"report\": {\"trial\": 0, \"epoch\": 0, \"value\": 2.5}}\n"
        "  > {\"verdict\":\"go_on\",\"reason\":\"\"}\n"
        "\"stop\": the trial has ended, there is nothing to tell. \"pause\": put it aside; a later ask may "
        "answer\n"
        "  > {\"trial\":0,\"params\":{...},\"resume\":true,\"epoch\":1}\n"
        "to go on with epoch 1. With \"fork\" in an answer the new trial begins where another was after that "
        "epoch.\n"
        "A line that is wrong is answered with {\"error\":...} and changes "
        "nothing.\n\n"
        "Example:\n  o2v-tune ask-tell space.json --strategy sobol --seed 1 --db study.db\n");
    command->callback([options, &exit_code] {
        ask_tell(*options);
        exit_code = kDone;
    });
}

}  // namespace o2v::cli
