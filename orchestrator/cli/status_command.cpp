#include <fmt/format.h>

#include <cmath>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "model/data/shown_path.hpp"
#include "orchestrator/cli/commands.hpp"
#include "orchestrator/cli/watch.hpp"
#include "orchestrator/control.hpp"
#include "orchestrator/kept_files.hpp"
#include "orchestrator/run_folder.hpp"
#include "orchestrator/study_summary.hpp"
#include "reports/leaderboard.hpp"

namespace o2v::cli {
namespace {

namespace orc = o2v::orchestrator;

constexpr TrialState kStates[] = {TrialState::completed, TrialState::pruned, TrialState::failed,
                                  TrialState::running,   TrialState::paused, TrialState::waiting};

std::string counts_text(const orc::StudySummary& study, bool alive) {
    std::string text;
    for (const TrialState state : kStates) {
        const std::size_t count = study.count(state);
        if (count == 0) continue;
        // What no process runs any more is continued by the next run.
        const std::string_view name = state == TrialState::running && !alive ? "interrupted" : to_text(state);
        text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, name);
    }
    return text.empty() ? "no trials yet" : text;
}

std::string epoch_text(const orc::RunningTrial& trial) {
    return fmt::format("{}{}", trial.epochs, trial.planned ? fmt::format("/{}", *trial.planned) : "");
}

void print_status(const orc::RunFolder& folder) {
    const orc::StudySummary study = orc::read_summary(folder.database());
    const std::string holder = orc::RunLock::holder(folder);
    fmt::print("{}  ({})\n", study.name, data::shown_path(folder.path()));
    fmt::print("  {}{}{}\n", holder.empty() ? "not running" : "running: " + holder,
               orc::is_paused(folder) ? ", paused" : "",
               study.quiet
                   ? fmt::format(", last change {} ago",
                                 reports::duration_text(static_cast<double>(study.quiet->count()) / 1000))
                   : "");
    fmt::print("  {}\n", counts_text(study, !holder.empty()));
    if (study.best)
        fmt::print("  best {} {} (trial {}: {})\n", study.goal.metric,
                   reports::metric_text(study.best->value), study.best->id, to_text(study.best->params));
    if (!holder.empty())
        for (const orc::RunningTrial& trial : study.running)
            fmt::print("  trial {} on {} ({}): epoch {}{}\n", trial.id, trial.worker, trial.device,
                       epoch_text(trial),
                       trial.last
                           ? fmt::format(", {} {} (best {})", study.goal.metric,
                                         reports::metric_text(*trial.last), reports::metric_text(*trial.best))
                           : "");
    fmt::print("  on disk: {}\n", orc::to_text(orc::disk_use(folder)));
}

nlohmann::json number(const std::optional<double>& value) {
    return value && std::isfinite(*value) ? nlohmann::json(*value) : nlohmann::json();
}

nlohmann::json status_json(const orc::RunFolder& folder) {
    const orc::StudySummary study = orc::read_summary(folder.database());
    const std::string holder = orc::RunLock::holder(folder);
    const orc::DiskUse disk = orc::disk_use(folder);
    nlohmann::json json{{"name", study.name},
                        {"folder", folder.path()},
                        {"running", !holder.empty()},
                        {"process", holder},
                        {"paused", orc::is_paused(folder)},
                        {"best_trial", nullptr},
                        {"best_value", nullptr},
                        {"last_change_seconds", nullptr},
                        {"disk_bytes",
                         {{"checkpoints", disk.checkpoints},
                          {"models", disk.models},
                          {"logs", disk.logs},
                          {"database", disk.database}}},
                        {"running_trials", nlohmann::json::array()},
                        {"error", nullptr}};
    for (const TrialState state : kStates) json["trials"][std::string(to_text(state))] = study.count(state);
    if (study.best) {
        json["best_trial"] = study.best->id;
        json["best_value"] = number(study.best->value);
    }
    if (study.quiet) json["last_change_seconds"] = static_cast<double>(study.quiet->count()) / 1000;
    for (const orc::RunningTrial& trial : study.running)
        json["running_trials"].push_back(
            {{"trial", trial.id},
             {"attempt", trial.attempt},
             {"worker", trial.worker},
             {"device", trial.device},
             {"epochs", trial.epochs},
             {"planned_epochs", trial.planned ? nlohmann::json(*trial.planned) : nlohmann::json()},
             {"last", number(trial.last)},
             {"best", number(trial.best)}});
    return json;
}

int status(const std::string& run, bool as_json) {
    std::vector<orc::RunFolder> folders;
    if (run.empty())
        folders = orc::list_runs();
    else
        folders.push_back(orc::find_run(run));
    int exit_code = kDone;
    nlohmann::json list = nlohmann::json::array();
    for (const orc::RunFolder& folder : folders) {
        try {
            if (as_json)
                list.push_back(status_json(folder));
            else
                print_status(folder);
        } catch (const std::exception& e) {
            if (!run.empty()) throw;
            exit_code = kFailed;
            if (as_json)
                list.push_back({{"folder", folder.path()}, {"error", e.what()}});
            else
                fmt::print(stderr, "o2v-tune: {}: {}\n", data::shown_path(folder.path()), e.what());
        }
    }
    if (as_json)
        fmt::print("{}\n", list.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
    else if (folders.empty())
        fmt::print("there are no studies under runs/ here; start one with `o2v-tune run EXPERIMENT`\n");
    return exit_code;
}

}  // namespace

void add_status(CLI::App& app, int& exit_code) {
    auto* command = app.add_subcommand("status", "what the studies here are doing");
    struct Options {
        std::string run;
        bool json = false, watch = false;
    };
    auto options = std::make_shared<Options>();
    command->add_option("RUN", options->run,
                        "a study's folder or its name under runs/ (default: all of them)");
    auto* json = command->add_flag("--json", options->json, "for programs");
    command
        ->add_flag("--watch", options->watch,
                   "again each second, until the run ends (default RUN: the latest)")
        ->excludes(json);
    command->footer(
        "Exit codes: 0 done, 1 a study cannot be read (without RUN the others are shown), 2 bad input.\n\n"
        "Example:\n  o2v-tune status wordnet --watch\n");
    command->callback([options, &exit_code] {
        if (options->watch)
            exit_code = watch(options->run.empty() ? latest_run() : orc::find_run(options->run));
        else
            exit_code = status(options->run, options->json);
    });
}

}  // namespace o2v::cli
