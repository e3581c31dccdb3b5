#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "model/data/shown_path.hpp"
#include "orchestrator/bench.hpp"
#include "orchestrator/cli/commands.hpp"
#include "orchestrator/json_fields.hpp"
#include "reports/comparison.hpp"
#include "search/study/errors.hpp"

namespace o2v::cli {
namespace {

namespace orc = o2v::orchestrator;

struct Options {
    orc::BenchRequest request;
    std::string out, memory, device;
    int cores = 0, repeats = 0;
    bool dry_run = false, list = false, json = false, quiet = false;
};

void settle(Options& options) {
    orc::BenchRequest& request = options.request;
    if (!options.out.empty()) request.out = options.out;
    if (options.cores > 0) request.choices.cores = options.cores;
    if (options.repeats > 0) request.choices.repeats = options.repeats;
    if (!options.device.empty()) request.choices.device = options.device;
    if (options.memory.empty()) return;
    request.memory_bytes = orc::parse_bytes(options.memory);
    if (!request.memory_bytes)
        throw InputError("--memory", options.memory, "must be bytes, or such as 500M, 16G");
}

std::string step_text(const orc::StepId& step, int repeats) {
    return fmt::format("{:<30} {}", step.name,
                       step.repeat < 0 ? "warm-up" : fmt::format("{}/{}", step.repeat + 1, repeats));
}

void print_plan(const Options& options, const orc::BenchPlan& plan) {
    fmt::print("benchmark {}  ({})\n", plan.benchmark.name, data::shown_path(plan.folder));
    if (!options.dry_run) return;
    for (const std::string& note : plan.notes) fmt::print("note: {}\n", note);
    fmt::print("nothing is started (--dry-run). {} steps:\n", plan.steps.size());
    for (const orc::StepId& step : plan.steps) fmt::print("  {}\n", step_text(step, plan.benchmark.repeats));
}

int bench(Options& options) {
    if (options.list) {
        fmt::print("{}", orc::to_text(orc::load_instances(options.request.catalog)));
        return kDone;
    }
    if (options.request.file.empty()) throw InputError("FILE", "", "is required: a benchmark file");
    settle(options);
    const orc::BenchPlan plan = orc::plan_bench(options.request);
    const bool speaks = !options.quiet && !options.json;
    if (options.dry_run || speaks) print_plan(options, plan);
    if (options.dry_run) return kDone;
    const orc::BenchReport report = orc::run_bench(
        options.request, plan,
        [&](const orc::BenchProgress& progress) {
            if (!speaks && !progress.failed) return;
            fmt::print(progress.failed ? stderr : stdout, "[{}/{}] {}  {}{}\n", progress.done, progress.of,
                       step_text(progress.step, progress.repeats), progress.failed ? "FAILED: " : "",
                       progress.sentence);
            std::fflush(stdout);
        },
        [&](const std::string& note) {
            if (speaks) fmt::print("note: {}\n", note);
            std::fflush(stdout);
        });
    if (options.json)
        fmt::print("{}\n", report.result.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
    else
        fmt::print("{}{}\n",
                   options.quiet
                       ? ""
                       : '\n' + reports::result_text(reports::read_result(report.result, report.file)) + '\n',
                   data::shown_path(report.file));
    if (report.interrupted) {
        if (speaks) fmt::print("interrupted; the same command continues\n");
        return kInterrupted;
    }
    if (speaks) fmt::print("next: o2v-tune compare {} OTHER.json\n", data::shown_path(report.file));
    return report.failures > 0 ? kFailed : kDone;
}

}  // namespace

void add_bench(CLI::App& app, int& exit_code) {
    auto* command =
        app.add_subcommand("bench", "measure training, inference, loading and search, repeatedly");
    auto options = std::make_shared<Options>();
    command->add_option("FILE", options->request.file, "benchmark file (JSON)");
    command->add_option("--out", options->out, "folder of the results (default runs/bench-NAME)");
    command->add_option("--instance", options->request.instance,
                        "label and price the figures as this instance's: ml.m5.2xlarge");
    command->add_option("--catalog", options->request.catalog,
                        "instances and prices, in place of those built in");
    command->add_flag("--list-instances", options->list, "show the catalog");
    command->add_option("--cores", options->cores, "keep what is measured to so many cores, and threads")
        ->check(CLI::PositiveNumber);
    command->add_option("--memory", options->memory, "keep it to so much memory: 16G");
    command->add_option("--device", options->device, "cpu or cuda:N (default: the file's)");
    command->add_option("--repeats", options->repeats, "in place of the file's")->check(CLI::PositiveNumber);
    orc::BenchmarkChoices& choices = options->request.choices;
    command->add_option("--only", choices.only, "these configurations alone: hcnn,bilstm")
        ->delimiter(',')
        ->allow_extra_args(false);
    command->add_option("--skip", choices.skip, "leave these out: inference,loading,suggestion")
        ->delimiter(',')
        ->allow_extra_args(false);
    add_share(*command, options->request.share);
    command->add_flag("--dry-run", options->dry_run, "check everything, show the steps, start nothing");
    auto* json = command->add_flag("--json", options->json, "print the result as JSON");
    command->add_flag("--quiet", options->quiet, "only the result's path")->excludes(json);
    command->footer(
        "Each configuration is measured once before any is measured again; a fixed loop of this program runs "
        "in\n"
        "between and tells the machine's own noise. Writes OUT/<time>.json and OUT/bench.db. Ctrl-C leaves "
        "what\n"
        "was measured, and the same command continues. --cores binds the measured processes to cores; "
        "--memory\n"
        "limits their private writable memory (RLIMIT_DATA) and watches what is resident.\n"
        "Exit code 1 when a step failed; the others are measured all the same.\n\n"
        "Example:\n  o2v-tune bench experiments/benchmarks/object2vec.json --instance ml.m5.2xlarge --cores "
        "2\n"
        "  o2v-tune bench --list-instances\n");
    command->callback([options, &exit_code] { exit_code = bench(*options); });
}

}  // namespace o2v::cli
