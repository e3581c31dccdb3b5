// The commands that only look: validate, schema, importance, show.
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

void add_importance(CLI::App& app, int& exit_code) {
    auto* command = app.add_subcommand("importance", "how much each searched parameter matters");
    struct Options {
        std::string run, method = "ped-anova";
        bool json = false;
    };
    auto options = std::make_shared<Options>();
    add_run_option(*command, "RUN", options->run);
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
    add_trial(*command, options->trial);
    add_run_option(*command, "--run", options->run);
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
