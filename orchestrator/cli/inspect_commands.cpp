// The commands that only look: validate, schema, status, leaderboard, importance, show.
#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "orchestrator/cli/commands.hpp"
#include "orchestrator/kept_files.hpp"
#include "orchestrator/run.hpp"
#include "reports/importance.hpp"
#include "reports/leaderboard.hpp"
#include "search/fanova.hpp"
#include "search/ped_anova.hpp"
#include "search/study/errors.hpp"

namespace o2v::cli {
namespace {

namespace orc = o2v::orchestrator;

constexpr TrialState kStates[] = {TrialState::completed, TrialState::pruned, TrialState::failed,
                                  TrialState::running,   TrialState::paused, TrialState::waiting};

std::string counts_text(const Study& study, bool alive) {
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

void print_status(const orc::StoredStudy& stored) {
    const std::string holder = orc::RunLock::holder(stored.folder);
    const StudySpec& spec = stored.study.spec();
    fmt::print("{}  ({})\n", spec.name, shown_path(stored.folder.path()));
    fmt::print("  {}\n", holder.empty() ? "not running" : "running: " + holder);
    fmt::print("  {}\n", counts_text(stored.study, !holder.empty()));
    fmt::print("  on disk: {}\n", orc::to_text(orc::disk_use(stored.folder)));
    if (const Trial* best = stored.study.best())
        fmt::print("  best {} {} (trial {}: {})\n", spec.goal.metric,
                   reports::metric_text(*best->value(spec.goal)), best->id, to_text(best->params));
}

nlohmann::json status_json(const orc::StoredStudy& stored) {
    const std::string holder = orc::RunLock::holder(stored.folder);
    nlohmann::json json{{"name", stored.study.spec().name},
                        {"folder", stored.folder.path()},
                        {"running", !holder.empty()},
                        {"process", holder},
                        {"best_trial", nullptr},
                        {"best_value", nullptr}};
    const orc::DiskUse disk = orc::disk_use(stored.folder);
    json["disk_bytes"] = {{"checkpoints", disk.checkpoints},
                          {"models", disk.models},
                          {"logs", disk.logs},
                          {"database", disk.database}};
    for (const TrialState state : kStates)
        json["trials"][std::string(to_text(state))] = stored.study.count(state);
    if (const Trial* best = stored.study.best()) {
        json["best_trial"] = best->id;
        json["best_value"] = *best->value(stored.study.spec().goal);
    }
    return json;
}

int status(const std::string& run, bool as_json) {
    std::vector<orc::RunFolder> folders;
    if (run.empty())
        folders = orc::list_runs();
    else
        folders.push_back(orc::find_run(run));
    if (as_json) {
        nlohmann::json list = nlohmann::json::array();
        for (const orc::RunFolder& folder : folders) list.push_back(status_json(orc::load_study(folder)));
        fmt::print("{}\n", list.dump(2));
        return kDone;
    }
    if (folders.empty())
        fmt::print("there are no studies under runs/ here; start one with `o2v-tune run EXPERIMENT`\n");
    for (const orc::RunFolder& folder : folders) print_status(orc::load_study(folder));
    return kDone;
}

void importance(const Study& study, const std::string& method, bool as_json) {
    const bool fanova = method == "fanova";
    const search::Importances found =
        fanova ? search::fanova(study, {.seed = study.spec().search.seed}) : search::ped_anova(study);
    std::vector<std::pair<std::string, double>> shares;
    for (const search::Importance& one : found.shares) shares.emplace_back(one.parameter, one.share);
    if (as_json) {
        fmt::print("{}", reports::importance_json(shares));
        return;
    }
    const std::string& metric = study.spec().goal.metric;
    if (!shares.empty())
        fmt::print(
            "{}\n\n{}",
            fanova ? "how much of the variation of " + metric + " each parameter explains alone"
                   : "how much each parameter decides whether a trial is among the best tenth by " + metric,
            reports::importance_table(shares));
    if (!found.remark.empty()) fmt::print("{}{}\n", shares.empty() ? "" : "\n", found.remark);
}

}  // namespace

void add_validate(CLI::App& app, int& exit_code) {
    auto* command = app.add_subcommand("validate", "check an experiment file and its data, start nothing");
    auto file = std::make_shared<std::string>();
    command->add_option("FILE", *file, "experiment file (JSON)")->required();
    command->footer(
        "All problems are shown at once, each with its place, its value and what is allowed.\n\n"
        "Example:\n  o2v-tune validate experiments/wordnet.json\n");
    command->callback([file, &exit_code] {
        orc::RunRequest request;
        request.file = *file;
        const orc::RunPlan plan = orc::plan_run(request);
        for (const std::string& line : plan.data.lines) fmt::print("{}\n", line);
        for (const std::string& line : plan.data.warnings) fmt::print("{}\n", line);
        for (const std::string& note : plan.notes) fmt::print("{}\n", note);
        fmt::print("{}: valid; study {}, {} searched parameters, {} slots\n", *file,
                   plan.experiment.study.name, plan.experiment.study.space.size(), plan.slots.size());
        exit_code = kDone;
    });
}

void add_schema(CLI::App& app, int& exit_code) {
    auto* command = app.add_subcommand("schema", "print the JSON Schema of experiment files");
    command->footer(
        "Editors complete and check experiment files that say \"$schema\": \"experiment.schema.json\".\n\n"
        "Example:\n  o2v-tune schema > experiments/experiment.schema.json\n");
    command->callback([&exit_code] {
        fmt::print("{}\n", orc::experiment_schema().dump(2));
        exit_code = kDone;
    });
}

void add_status(CLI::App& app, int& exit_code) {
    auto* command = app.add_subcommand("status", "what the studies here are doing");
    auto run = std::make_shared<std::string>();
    auto json = std::make_shared<bool>(false);
    command->add_option("RUN", *run, "a study's folder or its name under runs/ (default: all of them)");
    command->add_flag("--json", *json, "for programs");
    command->footer("Example:\n  o2v-tune status wordnet\n");
    command->callback([run, json, &exit_code] { exit_code = status(*run, *json); });
}

void add_leaderboard(CLI::App& app, int& exit_code) {
    auto* command = app.add_subcommand("leaderboard", "a study's trials, best first");
    struct Options {
        std::string run, format = "text";
        bool all = false;
    };
    auto options = std::make_shared<Options>();
    command->add_option("RUN", options->run,
                        "a study's folder or its name under runs/ (default: the latest)");
    command->add_flag("--all", options->all, "every trial, not the ten best");
    command->add_option("--format", options->format, "text, markdown, csv or json");
    command->footer("Example:\n  o2v-tune leaderboard wordnet --all --format csv > wordnet.csv\n");
    command->callback([options, &exit_code] {
        reports::LeaderboardOptions how;
        how.format = reports::format_from_text(options->format);
        how.all = options->all;
        how.width = terminal_width();
        std::string text = reports::leaderboard(open_run(options->run).study, how);
        if (!text.ends_with('\n')) text += '\n';
        fmt::print("{}", text);
        exit_code = kDone;
    });
}

void add_importance(CLI::App& app, int& exit_code) {
    auto* command = app.add_subcommand("importance", "how much each searched parameter matters");
    struct Options {
        std::string run, method = "ped-anova";
        bool json = false;
    };
    auto options = std::make_shared<Options>();
    command->add_option("RUN", options->run,
                        "a study's folder or its name under runs/ (default: the latest)");
    command
        ->add_option("--method", options->method,
                     "ped-anova: what decides whether a trial is among the best tenth (default); fanova: "
                     "what explains the metric's variation over the whole space")
        ->check(CLI::IsMember({"ped-anova", "fanova"}));
    command->add_flag("--json", options->json, "for programs");
    command->footer("Example:\n  o2v-tune importance wordnet --method fanova\n");
    command->callback([options, &exit_code] {
        importance(open_run(options->run).study, options->method, options->json);
        exit_code = kDone;
    });
}

void add_show(CLI::App& app, int& exit_code) {
    auto* command = app.add_subcommand("show", "everything about one trial");
    struct Options {
        TrialId trial = 0;
        std::string run;
        bool json = false;
    };
    auto options = std::make_shared<Options>();
    command->add_option("TRIAL", options->trial, "the trial's number")
        ->required()
        ->check(CLI::NonNegativeNumber);
    command->add_option("--run", options->run,
                        "a study's folder or its name under runs/ (default: the latest)");
    command->add_flag("--json", options->json, "for programs");
    command->footer("Example:\n  o2v-tune show 7 --run wordnet\n");
    command->callback([options, &exit_code] {
        const orc::StoredStudy stored = open_run(options->run);
        if (options->trial >= static_cast<TrialId>(stored.study.trials().size()))
            throw InputError("trial " + std::to_string(options->trial), "",
                             "there is no such trial: " + stored.study.spec().name + " has " +
                                 std::to_string(stored.study.trials().size()));
        std::string text = options->json ? reports::trial_json(stored.study, options->trial)
                                         : reports::trial_page(stored.study, options->trial);
        if (!text.ends_with('\n')) text += '\n';
        fmt::print("{}", text);
        exit_code = kDone;
    });
}

}  // namespace o2v::cli
