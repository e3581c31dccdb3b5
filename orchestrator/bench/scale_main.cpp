// o2v-bench-scale: what the loop, the searcher and the database cost with many workers and trials.
#include <unistd.h>

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <string>

#include "orchestrator/bench/scale.hpp"
#include "search/study/errors.hpp"

namespace {

using namespace o2v::bench_scale;

void print_row(const ScaleOptions& options, const ScaleResult& result) {
    const double happenings = static_cast<double>(result.happenings);
    const double rate = static_cast<double>(result.trials) / result.cpu();
    fmt::print(
        "| {} | {} | {} | {:.1f} | {:.1f} | {:.2f} | {:.2f} | {:.1f} | {:.1f} | {:.0f} | {:.0f} | {:.2g} |",
        options.strategy, options.workers, result.trials, result.loop_cpu / happenings * 1e6,
        result.storage_cpu / happenings * 1e6, quantile(result.suggestions, 0.5),
        quantile(result.suggestions, 0.99), result.cpu(), result.seconds,
        static_cast<double>(result.database_bytes) / 1e6, rate, static_cast<double>(options.workers) / rate);
    if (!result.answers.empty())
        fmt::print(" {:.1f} | {:.1f} |", 1000 * quantile(result.answers, 0.5),
                   1000 * quantile(result.answers, 0.99));
    fmt::print("\n");
    std::fflush(stdout);
}

void print_head(bool in_time) {
    std::string names =
        "| strategy | workers | trials | loop, us a happening | database, us a happening | suggestion, ms "
        "CPU | "
        "of 99 % | CPU s | s | database, MB | trials/CPU s | knee, s a trial |";
    if (in_time) names += " answer, ms | of 99 % |";
    fmt::print("{}\n|", names);
    for (auto columns = std::count(names.begin(), names.end(), '|'); columns > 1; --columns)
        fmt::print(" --- |");
    fmt::print("\n");
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{
        "o2v-bench-scale: the real loop, searcher and database with workers that are made up. A happening is "
        "a "
        "report or an\nending of a trial; the knee is the shortest trial with which so many workers are kept "
        "busy, "
        "workers / (trials/s)."};
    ScaleOptions options;
    std::vector<int> workers{100};
    std::vector<std::string> strategies{"random"};
    app.add_option("--workers", workers, "numbers of them, by commas")
        ->delimiter(',')
        ->check(CLI::Range(1, 100'000));
    app.add_option("--strategies", strategies, "names of the catalog, by commas")->delimiter(',');
    app.add_option("--pruner", options.pruner, "a name of the catalog")->capture_default_str();
    app.add_option("--problem", options.problem, "whose values trials have")->capture_default_str();
    app.add_option("--trials", options.trials, "of each study")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    app.add_option("--epochs", options.epochs, "reports of a trial")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    app.add_option("--epoch-seconds", options.epoch_seconds,
                   "what an epoch takes; 0: nothing, the loop is asked as fast as it answers")
        ->check(CLI::NonNegativeNumber)
        ->capture_default_str();
    app.add_option("--seed", options.seed)->capture_default_str();
    std::error_code none;
    options.folder =
        (std::filesystem::temp_directory_path(none) / fmt::format("o2v-bench-scale-{}", getpid())).string();
    app.add_option("--folder", options.folder, "where the database is made")->capture_default_str();
    app.footer(
        "Examples:\n  o2v-bench-scale --workers 1,10,100,1000,10000 --strategies random,tpe --trials 20000\n"
        "  o2v-bench-scale --workers 1000 --trials 20000 --epoch-seconds 1\n");
    CLI11_PARSE(app, argc, argv);
    try {
        print_head(options.epoch_seconds > 0);
        for (const std::string& strategy : strategies) {
            for (const int number : workers) {
                options.strategy = strategy;
                options.workers = number;
                print_row(options, play(options));
            }
        }
    } catch (const o2v::InputError& e) {
        fmt::print(stderr, "o2v-bench-scale: {}\n", e.what());
        return 2;
    } catch (const std::exception& e) {
        fmt::print(stderr, "o2v-bench-scale: {}\n", e.what());
        return 1;
    }
    return 0;
}
