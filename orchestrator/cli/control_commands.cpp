// The commands that say something to a study while it runs: stop, pause, resume, enqueue.
#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>

#include "orchestrator/cli/commands.hpp"
#include "orchestrator/control.hpp"
#include "orchestrator/enqueue.hpp"
#include "orchestrator/json_fields.hpp"
#include "orchestrator/study_summary.hpp"
#include "search/study/errors.hpp"

namespace o2v::cli {
namespace {

namespace orc = o2v::orchestrator;

constexpr std::chrono::milliseconds kAnswer{2000};

// Sends what only a run that goes on can do. `done` is the sentence for when it has taken it.
int tell_run(const std::string& study, const orc::ControlRequest& request, const std::string& done) {
    const orc::RunFolder folder = orc::find_run(study);
    const std::string holder = orc::RunLock::holder(folder);
    if (holder.empty())
        throw InputError(study, "",
                         "is not running: there is nothing to " +
                             std::string(std::holds_alternative<orc::StopRequest>(request)    ? "stop"
                                         : std::holds_alternative<orc::PauseRequest>(request) ? "pause"
                                                                                              : "resume"));
    if (orc::wait_until_taken(orc::send(folder, request), kAnswer))
        fmt::print("{}: {}\n", holder, done);
    else
        fmt::print("{} has not answered yet; it will as soon as it goes on\n", holder);
    return kDone;
}

struct EnqueueOptions {
    std::string study, json, file;
    std::vector<std::string> settings;
};

nlohmann::json given_configuration(const EnqueueOptions& options, const SearchSpace& space) {
    const int ways = !options.settings.empty() + !options.json.empty() + !options.file.empty();
    if (ways != 1)
        throw InputError("o2v-tune enqueue", "",
                         "one configuration is needed: name=value ..., --json '{...}' or --file FILE");
    if (!options.settings.empty()) return orc::settings_json(space, options.settings);
    if (!options.file.empty()) return orc::read_json_file(options.file);
    try {
        return nlohmann::json::parse(options.json);
    } catch (const nlohmann::json::parse_error& e) {
        throw InputError("--json", options.json, std::string("is no JSON: ") + e.what());
    }
}

int enqueue(const EnqueueOptions& options) {
    const orc::RunFolder folder = orc::find_run(options.study);
    const orc::Experiment experiment = orc::stored_experiment(folder.database());
    if (experiment.is_asked())
        throw InputError(options.study, "",
                         "is a study of ask-tell: the program that asks gives it configurations");
    if (experiment.reproducible)
        throw InputError(options.study, "",
                         "is a reproducible study, which takes its configurations from its file");
    const std::string where = !options.file.empty() ? options.file + ": " : "";
    const Assignment params =
        orc::complete_configuration(experiment, given_configuration(options, experiment.study.space), where);
    if (const auto trial = orc::trial_with(folder.database(), params))
        throw InputError(options.study, to_text(params),
                         fmt::format("has been tried: it is trial {}", *trial));
    const std::string file = orc::send(folder, orc::EnqueueRequest{params});
    const std::string holder = orc::RunLock::holder(folder);
    fmt::print("enqueued: {}\n", to_text(params));
    if (holder.empty())
        fmt::print("the study is not running; its next run tries it first\n");
    else if (orc::wait_until_taken(file, kAnswer))
        fmt::print("{}: it is tried next\n", holder);
    else
        fmt::print("{} has not answered yet; it is tried as soon as that goes on\n", holder);
    return kDone;
}

constexpr const char* kStudyHelp = "a study's folder or its name under runs/";

}  // namespace

void add_stop(CLI::App& app, int& exit_code) {
    auto* command = app.add_subcommand("stop", "end a run from outside");
    struct Options {
        std::string study;
        bool now = false;
    };
    auto options = std::make_shared<Options>();
    command->add_option("STUDY", options->study, kStudyHelp)->required();
    command->add_flag("--now", options->now, "running trials save and leave, as by a second Ctrl-C");
    command->footer(
        "As Ctrl-C in the run's own terminal does: running trials finish, no new ones are started; a refit\n"
        "of the winner saves and leaves. The same `o2v-tune run` continues the study later.\n\nExample:\n  "
        "o2v-tune stop wordnet\n");
    command->callback([options, &exit_code] {
        exit_code = tell_run(options->study, orc::StopRequest{options->now},
                             options->now ? "running trials save and leave"
                                          : "running trials finish, no new ones are started");
    });
}

void add_pause(CLI::App& app, int& exit_code) {
    auto* command = app.add_subcommand("pause", "let a run stand still");
    auto study = std::make_shared<std::string>();
    command->add_option("STUDY", *study, kStudyHelp)->required();
    command->footer(
        "No new trials are started, and running ones wait after their epoch. What they have learnt stays in\n"
        "memory; `o2v-tune resume` lets all go on.\n\nExample:\n  o2v-tune pause wordnet\n");
    command->callback([study, &exit_code] {
        exit_code = tell_run(*study, orc::PauseRequest{}, "pauses; running trials wait after their epoch");
    });
}

void add_resume(CLI::App& app, int& exit_code) {
    auto* command = app.add_subcommand("resume", "let a paused run go on");
    auto study = std::make_shared<std::string>();
    command->add_option("STUDY", *study, kStudyHelp)->required();
    command->footer("Example:\n  o2v-tune resume wordnet\n");
    command->callback([study, &exit_code] { exit_code = tell_run(*study, orc::ResumeRequest{}, "goes on"); });
}

void add_enqueue(CLI::App& app, int& exit_code) {
    auto* command = app.add_subcommand("enqueue", "have a configuration tried next");
    auto options = std::make_shared<EnqueueOptions>();
    command->add_option("STUDY", options->study, kStudyHelp)->required();
    command->add_option("SETTINGS", options->settings, "name=value of searched parameters");
    command->add_option("--json", options->json, "the same as a JSON object");
    command->add_option("--file", options->file, "the same in a file");
    command->footer(
        "Parameters that are left out have their defaults. It counts as one of the budget's trials; of a "
        "study\n"
        "that is not running, its next run tries it first.\n\n"
        "Example:\n  o2v-tune enqueue wordnet learning_rate=0.001 enc0_network=hcnn\n");
    command->callback([options, &exit_code] { exit_code = enqueue(*options); });
}

}  // namespace o2v::cli
