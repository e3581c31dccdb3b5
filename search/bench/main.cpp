// search-bench: what the strategies of search/catalog.hpp are worth where every value is known.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <thread>

#include "search/bench/catalog.hpp"
#include "search/bench/curve_contest.hpp"
#include "search/bench/report.hpp"
#include "search/study/errors.hpp"

namespace {

using namespace o2v::bench_search;

struct Options {
    std::vector<std::string> strategies, problems;
    std::string tables;
    std::size_t seeds = 10, jobs = std::max(1u, std::thread::hardware_concurrency());
    std::uint64_t first_seed = 0;
    bool json = false;
    // play
    std::size_t trials = 100;
    std::string baseline;
    bool trace = false;
    // curves
    CurveContestOptions curves;
};

// One line that overwrites itself, on a terminal only.
class Progress {
  public:
    void operator()(std::size_t finished, std::size_t all) const {
        if (!terminal_) return;
        fmt::print(stderr, "\r{}/{} searches{}", finished, all, finished == all ? "\r\x1b[K" : "");
        std::fflush(stderr);
    }

  private:
    bool terminal_ = ::isatty(STDERR_FILENO) != 0;
};

void play_all(const Options& options) {
    ContestOptions contest_options{options.strategies, options.baseline,   options.trials,
                                   options.seeds,      options.first_seed, options.jobs};
    const auto& names = options.strategies;
    if (!options.baseline.empty() && std::find(names.begin(), names.end(), options.baseline) == names.end())
        throw o2v::InputError("--baseline", '"' + options.baseline + '"', "must be one of --strategies");
    const Landscapes landscapes = load_landscapes(options.problems, options.tables);
    const auto entrants = contest(landscapes, contest_options, Progress());
    const auto rows = scores(landscapes, contest_options, entrants);
    if (options.json)
        fmt::print("{}", json_of(rows, landscapes, contest_options, entrants, options.trace));
    else if (options.trace)
        fmt::print("{}", trace_of(landscapes, contest_options, entrants));
    else
        fmt::print("{}", text_of(rows, contest_options));
}

void play_curves(const Options& options) {
    CurveContestOptions contest_options = options.curves;
    contest_options.strategies = options.strategies;
    contest_options.seeds = options.seeds;
    contest_options.first_seed = options.first_seed;
    contest_options.jobs = options.jobs;
    const CurveTables tables = load_curve_tables(options.problems, options.tables);
    const auto rows = curve_contest(tables, contest_options, Progress());
    fmt::print("{}", options.json ? json_of(rows, contest_options) : text_of(rows, contest_options));
}

void add_common(CLI::App& app, Options& options) {
    app.add_option("--strategies", options.strategies, "names of the catalog, by commas")->delimiter(',');
    app.add_option(
           "--problems", options.problems,
           "names, or groups (formulas, cost, or a folder of tables), by commas; all but cost when left out")
        ->delimiter(',');
    app.add_option("--tables", options.tables, "folder whose folders hold tables, *.tsv.gz");
    app.add_option("--seeds", options.seeds, "searches of each strategy on each problem")
        ->check(CLI::Range(1, 10'000))
        ->capture_default_str();
    app.add_option("--first-seed", options.first_seed, "seeds go up from this")->capture_default_str();
    app.add_option("--jobs", options.jobs, "searches side by side")
        ->check(CLI::Range(1, 1024))
        ->capture_default_str();
    app.add_flag("--json", options.json, "one JSON object");
}

void add_play(CLI::App& app, Options& options) {
    app.add_option("--trials", options.trials, "trials of a search")
        ->check(CLI::Range(1, 100'000))
        ->capture_default_str();
    app.add_option("--baseline", options.baseline, "the strategy that the others are compared with");
    app.add_flag("--trace", options.trace, "each trial's value: tab-separated, or within the JSON");
}

void add_curves(CLI::App& app, Options& options) {
    SimulationOptions& simulation = options.curves.simulation;
    o2v::PrunerOptions& pruner = simulation.pruner;
    app.add_option("--pruner", pruner.type, "a name of the catalog")->capture_default_str();
    app.add_option("--slots", simulation.slots, "trials side by side")
        ->check(CLI::Range(1, 1000))
        ->capture_default_str();
    app.add_option("--trials", simulation.trials, "trials of a search, at most")
        ->check(CLI::Range(1, 100'000))
        ->capture_default_str();
    app.add_option("--within", simulation.within, "how near the best final loss counts, as a share of it")
        ->check(CLI::Range(0.0, 10.0))
        ->capture_default_str();
    app.add_option("--reference-seeds", options.curves.reference_seeds, "searches of random search")
        ->check(CLI::Range(1, 10'000))
        ->capture_default_str();
    app.add_option("--startup-trials", pruner.startup_trials, "pruner.startup_trials")->capture_default_str();
    app.add_option("--warmup-epochs", pruner.warmup_epochs, "pruner.warmup_epochs")->capture_default_str();
    app.add_option("--percentile", pruner.percentile, "pruner.percentile")->capture_default_str();
    app.add_option("--patience", pruner.patience, "pruner.patience")->capture_default_str();
    app.add_option("--min-delta", pruner.min_delta, "pruner.min_delta")->capture_default_str();
    app.add_option("--min-epochs", pruner.min_epochs, "pruner.min_epochs")->capture_default_str();
    app.add_option("--max-epochs", pruner.max_epochs, "pruner.max_epochs")->capture_default_str();
    app.add_option("--reduction-factor", pruner.reduction_factor, "pruner.reduction_factor")
        ->capture_default_str();
    app.add_option("--brackets", pruner.brackets, "pruner.brackets")->capture_default_str();
    app.add_flag("--stops", pruner.stops, "pruner.stops");
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{
        "search-bench: plays search strategies where every value is known, and says how much of the gap "
        "between random search\n(0 %) and the optimum (100 %) they close, and what a suggestion costs."};
    app.set_version_flag("--version", std::string("search-bench " O2V_VERSION));
    Options options;
    add_common(app, options);
    add_play(app, options);
    CLI::App& curves = *app.add_subcommand("curves",
                                           "with a pruner, on tables of learning curves: the epochs it takes "
                                           "to find a loss near the best, against "
                                           "random\nsearch that trains every trial to its end");
    add_common(curves, options);
    add_curves(curves, options);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
    try {
        if (options.strategies.empty())
            throw o2v::InputError("--strategies", "", "must name at least one strategy");
        curves.parsed() ? play_curves(options) : play_all(options);
    } catch (const o2v::InputError& error) {
        fmt::print(stderr, "search-bench: {}\n", error.what());
        return 2;
    } catch (const std::exception& error) {
        fmt::print(stderr, "search-bench: {}\n", error.what());
        return 1;
    }
    return 0;
}
