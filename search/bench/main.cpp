// search-bench: what the strategies of search/catalog.hpp are worth where every value is known.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <thread>

#include "search/bench/catalog.hpp"
#include "search/bench/report.hpp"
#include "search/study/errors.hpp"

namespace {

using namespace o2v::bench_search;

struct Options {
    ContestOptions contest;
    std::vector<std::string> problems;
    std::string tables;
    bool json = false, trace = false;
};

// One line that overwrites itself, on a terminal only.
class Progress {
  public:
    void show(std::size_t finished, std::size_t all) {
        if (!terminal_) return;
        fmt::print(stderr, "\r{}/{} searches{}", finished, all, finished == all ? "\r\x1b[K" : "");
        std::fflush(stderr);
    }

  private:
    bool terminal_ = ::isatty(STDERR_FILENO) != 0;
};

void play_all(const Options& options) {
    const ContestOptions& contest_options = options.contest;
    const auto& strategies = contest_options.strategies;
    if (!contest_options.baseline.empty() &&
        std::find(strategies.begin(), strategies.end(), contest_options.baseline) == strategies.end())
        throw o2v::InputError("--baseline", '"' + contest_options.baseline + '"',
                              "must be one of --strategies");
    const Landscapes landscapes = load_landscapes(options.problems, options.tables);
    Progress progress;
    const auto entrants = contest(landscapes, contest_options, [&](std::size_t finished, std::size_t all) {
        progress.show(finished, all);
    });
    const auto rows = scores(landscapes, contest_options, entrants);
    if (options.json)
        fmt::print("{}", json_of(rows, landscapes, contest_options, entrants, options.trace));
    else if (options.trace)
        fmt::print("{}", trace_of(landscapes, contest_options, entrants));
    else
        fmt::print("{}", text_of(rows, contest_options));
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{
        "search-bench: plays search strategies where every value is known, and says how much of the gap "
        "between random search\n(0 %) and the optimum (100 %) they close, and what a suggestion costs."};
    app.set_version_flag("--version", std::string("search-bench " O2V_VERSION));
    Options options;
    options.contest.jobs = std::max(1u, std::thread::hardware_concurrency());
    app.add_option("--strategies", options.contest.strategies, "names of the catalog, by commas")
        ->delimiter(',')
        ->required();
    app.add_option("--problems", options.problems,
                   "branin, hartmann6, ackley10, object2vec_like, tables by name, or groups (formulas, or a "
                   "folder of tables), by commas; all when left out")
        ->delimiter(',');
    app.add_option("--tables", options.tables, "folder whose folders hold tables, *.tsv.gz");
    app.add_option("--trials", options.contest.trials, "trials of a search")
        ->check(CLI::Range(1, 100'000))
        ->capture_default_str();
    app.add_option("--seeds", options.contest.seeds, "searches of each strategy on each problem")
        ->check(CLI::Range(1, 10'000))
        ->capture_default_str();
    app.add_option("--first-seed", options.contest.first_seed, "seeds go up from this")
        ->capture_default_str();
    app.add_option("--baseline", options.contest.baseline, "strategy that the others are compared with");
    app.add_option("--jobs", options.contest.jobs, "searches side by side")
        ->check(CLI::Range(1, 1024))
        ->capture_default_str();
    app.add_flag("--json", options.json, "one JSON object");
    app.add_flag("--trace", options.trace, "each trial's value: tab-separated, or within the JSON");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
    try {
        play_all(options);
    } catch (const o2v::InputError& error) {
        fmt::print(stderr, "search-bench: {}\n", error.what());
        return 2;
    } catch (const std::exception& error) {
        fmt::print(stderr, "search-bench: {}\n", error.what());
        return 1;
    }
    return 0;
}
