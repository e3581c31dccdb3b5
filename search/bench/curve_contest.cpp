#include "search/bench/curve_contest.hpp"

#include <algorithm>
#include <cmath>

#include "search/bench/parallel.hpp"
#include "search/bench/statistics.hpp"

namespace o2v::bench_search {
namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();

double epochs_or_never(const std::optional<std::int64_t>& epochs) {
    return epochs ? static_cast<double>(*epochs) : kNever;
}

// One strategy, or random search, on one table.
struct Series {
    const CurveTable* table = nullptr;
    SimulationOptions options;
    std::vector<Simulated> runs;  // one per seed

    std::vector<double> epochs(std::optional<std::int64_t> Simulated::*until) const {
        std::vector<double> all;
        for (const Simulated& run : runs) all.push_back(epochs_or_never(run.*until));
        return all;
    }
    double mean(const std::function<double(const Simulated&)>& of) const {
        double sum = 0;
        for (const Simulated& run : runs) sum += of(run);
        return sum / static_cast<double>(runs.size());
    }
};

CurveScore score_of(const Series& series, const Series& reference) {
    CurveScore score;
    score.strategy = series.options.strategy;
    score.problem = series.table->name();
    score.any = {series.epochs(&Simulated::until_any), median(reference.epochs(&Simulated::until_any))};
    score.final = {series.epochs(&Simulated::until_final), median(reference.epochs(&Simulated::until_final))};
    score.trials = series.mean([](const Simulated& run) { return static_cast<double>(run.trials); });
    score.completed = series.mean([](const Simulated& run) { return static_cast<double>(run.completed); });
    score.cpu = series.mean([](const Simulated& run) { return run.cpu; });
    return score;
}

}  // namespace

double Effort::median_epochs() const {
    return median(epochs);
}

std::vector<double> Effort::times_fewer() const {
    std::vector<double> times;
    for (const double one : epochs) {
        if (std::isinf(one))
            times.push_back(std::isinf(reference) ? 1 : 0);
        else
            times.push_back(reference / one);
    }
    return times;
}

std::vector<CurveScore> curve_contest(const CurveTables& tables, const CurveContestOptions& options,
                                      const std::function<void(std::size_t, std::size_t)>& progress) {
    std::vector<Series> all;  // of each table: random search, then the strategies
    for (const auto& table : tables) {
        SimulationOptions reference = options.simulation;
        reference.strategy = "random";
        reference.pruner = {};
        reference.trials = std::numeric_limits<std::size_t>::max();
        all.push_back({table.get(), reference, std::vector<Simulated>(options.reference_seeds)});
        for (const std::string& strategy : options.strategies) {
            SimulationOptions of_strategy = options.simulation;
            of_strategy.strategy = strategy;
            all.push_back({table.get(), of_strategy, std::vector<Simulated>(options.seeds)});
        }
    }
    std::vector<std::pair<std::size_t, std::size_t>> work;  // series, run
    for (std::size_t s = 0; s < all.size(); ++s)
        for (std::size_t run = 0; run < all[s].runs.size(); ++run) work.emplace_back(s, run);
    in_parallel(
        work.size(), options.jobs,
        [&](std::size_t i) {
            Series& series = all[work[i].first];
            series.runs[work[i].second] =
                simulate(*series.table, series.options, options.first_seed + work[i].second);
        },
        [&](std::size_t finished) { progress(finished, work.size()); });

    std::vector<CurveScore> scores;
    const std::size_t of_table = options.strategies.size() + 1;
    for (std::size_t s = 0; s < all.size(); ++s)
        if (s % of_table != 0) scores.push_back(score_of(all[s], all[s - s % of_table]));
    return scores;
}

double times_fewer(const std::vector<CurveScore>& scores, const std::string& strategy,
                   Effort CurveScore::*effort) {
    std::vector<double> all;
    for (const CurveScore& score : scores) {
        if (score.strategy != strategy) continue;
        const std::vector<double> times = (score.*effort).times_fewer();
        all.insert(all.end(), times.begin(), times.end());
    }
    return median(std::move(all));
}

}  // namespace o2v::bench_search
