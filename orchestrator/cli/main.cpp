// o2v-tune: hyperparameter tuning for Object2Vec.
#include <CLI/CLI.hpp>
#include <iostream>

#include "model/data/standard_output.hpp"
#include "orchestrator/cli/commands.hpp"
#include "search/study/errors.hpp"

namespace {

// Where a command is missing, CLI11 says no more than that, be it that none was given or a word that is none.
std::string failure_text(const CLI::App* app, const CLI::Error& error) {
    while (!app->get_subcommands().empty()) app = app->get_subcommands().front();
    const std::vector<std::string> words = app->remaining();
    if (app->get_require_subcommand_min() == 0) return CLI::FailureMessage::simple(app, error);
    if (words.empty()) return app->help() + "\no2v-tune: one of these commands is required\n";
    if (words.front().starts_with('-')) return CLI::FailureMessage::simple(app, error);
    std::vector<std::string> commands;
    for (const CLI::App* command : app->get_subcommands([](const CLI::App*) { return true; }))
        if (!command->get_group().empty()) commands.push_back(command->get_name());
    std::string message = "o2v-tune: " + words.front() + ": is no command";
    if (const std::string near = o2v::nearest_name(words.front(), commands); !near.empty())
        message += "; did you mean " + near + "?";
    std::string whose = app->get_name();
    while ((app = app->get_parent())) whose = app->get_name() + ' ' + whose;
    return message + "\nThe commands that there are: " + whose + " --help\n";
}

}  // namespace

int main(int argc, char** argv) {
    o2v::data::keep_standard_streams();
    CLI::App app{
        "o2v-tune tunes Object2Vec: it searches hyperparameters with worker processes pinned to cores or "
        "GPUs,\n"
        "records everything in SQLite and promotes the best model.",
        "o2v-tune"};
    app.failure_message(failure_text);
    app.set_version_flag("--version", "o2v-tune " O2V_VERSION);
    app.require_subcommand(1);
    app.footer(
        "Start with:\n  o2v-tune validate experiments/wordnet.json\n  o2v-tune run experiments/wordnet.json\n"
        "Each command has its own --help with an example.\n"
        "Exit codes: 0 done, 1 failed, 2 bad input, 130 interrupted.\n");
    int exit_code = o2v::cli::kDone;
    o2v::cli::add_run(app, exit_code);
    o2v::cli::add_train(app, exit_code);
    o2v::cli::add_ask_tell(app, exit_code);
    o2v::cli::add_validate(app, exit_code);
    o2v::cli::add_status(app, exit_code);
    o2v::cli::add_stop(app, exit_code);
    o2v::cli::add_pause(app, exit_code);
    o2v::cli::add_resume(app, exit_code);
    o2v::cli::add_enqueue(app, exit_code);
    o2v::cli::add_tail(app, exit_code);
    o2v::cli::add_leaderboard(app, exit_code);
    o2v::cli::add_importance(app, exit_code);
    o2v::cli::add_show(app, exit_code);
    o2v::cli::add_report(app, exit_code);
    o2v::cli::add_study_export(app, exit_code);
    o2v::cli::add_import(app, exit_code);
    o2v::cli::add_container(app, exit_code);
    o2v::cli::add_dashboard(app, exit_code);
    o2v::cli::add_reproduce(app, exit_code);
    o2v::cli::add_promote(app, exit_code);
    o2v::cli::add_models(app, exit_code);
    o2v::cli::add_answers(app, {argv, argv + argc});
    o2v::cli::add_doctor(app, exit_code);
    o2v::cli::add_schema(app, exit_code);
    o2v::cli::add_data(app, exit_code);
    o2v::cli::add_bench(app, exit_code);
    o2v::cli::add_compare(app, exit_code);
    o2v::cli::add_completion(app, exit_code);
    try {
        app.parse(argc, argv);
        o2v::data::flush_standard_output();
        return exit_code;
    } catch (const CLI::ParseError& e) {
        return app.exit(e) == 0 ? o2v::cli::kDone : o2v::cli::kBadInput;
    } catch (const o2v::InputError& e) {
        std::cerr << "o2v-tune: " << e.what() << '\n';
        return o2v::cli::kBadInput;
    } catch (const std::exception& e) {
        std::cerr << "o2v-tune: " << e.what() << '\n';
        return o2v::cli::kFailed;
    }
}
