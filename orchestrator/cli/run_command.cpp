#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <limits>
#include <memory>

#include "model/data/shown_path.hpp"
#include "orchestrator/cli/commands.hpp"
#include "orchestrator/cli/detached.hpp"
#include "orchestrator/json_fields.hpp"
#include "orchestrator/kept_files.hpp"
#include "orchestrator/run.hpp"
#include "reports/leaderboard.hpp"
#include "search/catalog.hpp"
#include "search/study/errors.hpp"

namespace o2v::cli {
namespace {

namespace orc = o2v::orchestrator;

struct Options {
    orc::RunRequest request;
    std::string out, max_time;
    std::int64_t max_trials = 0;
    int slots = 0;
    bool dry_run = false, detach = false, json = false, quiet = false;
};

std::unique_ptr<orc::StudyObserver> make_observer(const Options& options) {
    if (options.json) return orc::make_json_lines();
    if (options.quiet) return std::make_unique<orc::StudyObserver>();
    orc::ScreenOptions screen;
    screen.terminal = terminal_width().has_value();
    const char* no_colour = std::getenv("NO_COLOR");
    screen.colour = screen.terminal && !(no_colour && *no_colour);
    screen.size = [] { return terminal_size(); };
    return orc::make_screen(screen);
}

void print_plan(const Options& options, const orc::RunPlan& plan) {
    constexpr int kShown = 5;
    const StudySpec& spec = plan.experiment.study;
    Study study(spec);
    orc::Lease lease{plan.slots, {}};
    try {
        const orc::Holders held =
            options.request.share ? orc::Holders{} : orc::current_holders(orc::lock_folder());
        lease = orc::lease_slots(plan.experiment.resources, plan.topology, held);
    } catch (const StorageError& e) {
        lease.notes.push_back(std::string("now it would be refused: ") + e.what());
    }
    std::vector<std::string> slots;
    for (const orc::Slot& slot : lease.slots) slots.push_back(slot.to_string());
    const auto observer = make_observer(options);
    observer->started(study, {&plan.experiment, plan.folder.path(), slots, plan.data.lines, 0});
    for (const auto& notes : {plan.data.warnings, plan.notes, lease.notes})
        for (const std::string& note : notes) observer->note(note);
    fmt::print("nothing is started (--dry-run). The first configurations of a new study would be:\n");
    const auto searcher = search::make_searcher(spec);
    for (int i = 0; i < kShown; ++i) {
        Rng rng(orc::suggestion_seed(spec, i));
        const std::optional<search::Suggestion> next = searcher->suggest(study, rng);
        if (!next) break;
        fmt::print("  trial {}: {}\n", i, to_text(next->params));
        study.apply(TrialCreated{i, next->params, 0});
    }
}

void print_outcome(const orc::RunRequest& request, const orc::RunPlan& plan, const orc::RunReport& report) {
    const std::string shown = data::shown_path(plan.folder.path());
    reports::LeaderboardOptions options;
    options.width = terminal_width();
    fmt::print("\n{}\n", reports::leaderboard(report.study, options));
    if (const Trial* best = report.study.best()) {
        fmt::print("best: trial {}", best->id);
        for (const auto& [name, value] : std::get<Completed>(*best->ending).metrics)
            if (!name.starts_with("train:")) fmt::print(", {} {}", name, reports::metric_text(value));
        fmt::print("\n");
    }
    if (const std::string used = report.result.slot_times.to_string(); !used.empty())
        fmt::print("slots: {}\n", used);
    if (const auto& counters = report.result.energy_counters; !counters.empty())
        fmt::print("energy: {} by the counters of {}\n", reports::energy_text(report.result.joules),
                   fmt::join(counters, ", "));
    fmt::print("everything of this study is in {}: study.db, checkpoints/, logs/, models/\n", shown);
    fmt::print("on disk: {}\n", orc::to_text(orc::disk_use(plan.folder)));
    if (report.promoted)
        fmt::print(
            "promoted: {} ({})\n", data::shown_path(report.promoted->current),
            report.promoted->already ? "unchanged" : fmt::format("version {}", report.promoted->version));
    if (!report.not_promoted.empty()) fmt::print("promoted: nothing, as said above\n");
    fmt::print("next: ");
    if (report.result.end == orc::RunEnd::interrupted)
        fmt::print("o2v-tune run {}{}{}{}\n", data::shown_path(plan.experiment.file),
                   request.strategy ? " --strategy " + *request.strategy : "",
                   request.seed ? fmt::format(" --seed {}", *request.seed) : "",
                   shown == "runs/" + plan.experiment.study.name ? "" : " --out " + shown);
    else if (report.promoted && plan.experiment.trains())
        fmt::print("o2v-tune predict {} --in0 \"...\" --in1 \"...\"\n",
                   data::shown_path(report.promoted->current));
    else if (const Trial* best = report.study.best())
        fmt::print("o2v-tune show {} --run {}\n", best->id, shown);
    else
        fmt::print("o2v-tune leaderboard {} --all\n", shown);
}

int run(Options& options) {
    if (!options.out.empty()) options.request.out = options.out;
    if (options.max_trials > 0) options.request.max_trials = options.max_trials;
    if (options.slots > 0) options.request.slots = options.slots;
    if (!options.max_time.empty()) {
        const auto ms = orc::parse_duration_ms(options.max_time);
        if (!ms)
            throw InputError("--max-time", options.max_time, "must be seconds, or such as 90s, 15m, 8h, 2d");
        options.request.max_time = std::chrono::milliseconds(*ms);
    }
    const orc::RunPlan plan = orc::plan_run(options.request);
    if (options.dry_run) {
        print_plan(options, plan);
        return kDone;
    }
    if (options.detach) return run_detached(plan.folder);
    const auto observer = make_observer(options);
    const orc::RunReport report = orc::run_study(options.request, plan, *observer);
    const Trial* best = report.study.best();
    if (options.quiet && best)
        fmt::print("best trial {}: {} {}\n", best->id, plan.experiment.study.goal.metric,
                   reports::metric_text(*best->value(plan.experiment.study.goal)));
    if (options.quiet && !report.not_promoted.empty()) fmt::print("{}\n", report.not_promoted);
    if (!options.quiet && !options.json) print_outcome(options.request, plan, report);
    if (report.result.end == orc::RunEnd::interrupted) return kInterrupted;
    return report.result.end == orc::RunEnd::failed || !best ? kFailed : kDone;
}

}  // namespace

void add_run(CLI::App& app, int& exit_code) {
    auto* command = app.add_subcommand("run", "run an experiment, or continue it where it was left");
    auto options = std::make_shared<Options>();
    command->add_option("FILE", options->request.file, "experiment file (JSON)")->required();
    command->add_option("--out", options->out, "the study's folder (default runs/NAME)");
    command
        ->add_option("--max-trials", options->max_trials, "stop this run when the study has this many trials")
        ->check(CLI::PositiveNumber);
    command->add_option("--max-time", options->max_time, "stop this run after 90s, 15m, 8h, ...");
    command->add_option("--slots", options->slots, "this many slots in place of the file's")
        ->check(CLI::PositiveNumber);
    command->add_option("--strategy", options->request.strategy,
                        "search with this in place of the file's; the study is called NAME-STRATEGY");
    command
        ->add_option("--seed", options->request.seed,
                     "seed of the search in place of the file's; the study is called NAME-SEED")
        ->check(CLI::Range(std::int64_t{0}, std::numeric_limits<std::int64_t>::max()));
    command->add_flag("--extend", options->request.extend,
                      "accept a changed budget, a space that has grown and more to enqueue");
    add_share(*command, options->request.share);
    command->add_flag("--dry-run", options->dry_run,
                      "check everything, show what would be tried, start nothing");
    command->add_flag("--detach", options->detach,
                      "go on in the background, also when the terminal is gone; output goes to logs/run.log");
    auto* json = command->add_flag("--json", options->json, "one JSON event a line");
    command->add_flag("--quiet", options->quiet, "only the result")->excludes(json);
    command->footer(
        "Running the same file again continues the study; nothing that has been recorded is done twice.\n"
        "Ctrl-C lets running trials finish; a second one (or SIGTERM) lets them save and leave; a third "
        "leaves at\n"
        "once.\n\n"
        "Examples:\n  o2v-tune run experiments/wordnet.json --max-time 10m\n"
        "  for s in random bayesian; do o2v-tune run experiments/wordnet.json --strategy $s; done\n"
        "  o2v-tune leaderboard wordnet-random wordnet-bayesian\n");
    command->callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace o2v::cli
