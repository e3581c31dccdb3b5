#include "search/bench/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace o2v::bench_search {
namespace {

using Json = nlohmann::ordered_json;

Json or_null(double x) {
    return std::isfinite(x) ? Json(x) : Json(nullptr);
}

Json list_of(const std::vector<double>& values) {
    Json list = Json::array();
    for (const double value : values) list.push_back(or_null(value));
    return list;
}

std::string percent(double share) {
    return std::isfinite(share) ? fmt::format("{:.1f}", 100 * share) : "-";
}

std::string p_text(const std::optional<double>& p) {
    return p ? fmt::format("{:.2g}", *p) : "";
}

}  // namespace

std::string text_of(const std::vector<Score>& scores, const ContestOptions& options) {
    std::size_t wide = 7, name = 8;
    for (const Score& score : scores) {
        wide = std::max(wide, score.problem.size());
        name = std::max(name, score.strategy.size());
    }
    std::string text = fmt::format("{:<{}}  {:<{}}", "problem", wide, "strategy", name);
    for (const std::size_t n : milestones(options.trials))
        text += fmt::format("  {:>8}", fmt::format("%@{}", n));
    text += fmt::format("  {:>12}  {:>8}  {:>8}", "value", "ms", "ms last");
    text += options.baseline.empty() ? "\n" : "  p against " + options.baseline + "\n";
    for (const Score& score : scores) {
        std::string line = fmt::format("{:<{}}  {:<{}}", score.problem, wide, score.strategy, name);
        if (!score.refusal.empty()) {
            text += line + "  " + score.refusal + "\n";
            continue;
        }
        for (const double share : score.gap_closed) line += fmt::format("  {:>8}", percent(share));
        line += fmt::format("  {:>12}  {:>8.3f}  {:>8.3f}",
                            score.value.empty() ? fmt::format("{} problems", score.problems)
                                                : fmt::format("{:.6g}", score.value.back()),
                            score.cpu_mean, score.cpu_last);
        if (score.p) line += "  " + p_text(score.p);
        text += line + "\n";
    }
    return text;
}

std::string json_of(const std::vector<Score>& scores, const Landscapes& landscapes,
                    const ContestOptions& options, const std::vector<Entrant>& entrants, bool trace) {
    Json json{{"trials", options.trials},
              {"seeds", options.seeds},
              {"first_seed", options.first_seed},
              {"baseline", options.baseline.empty() ? Json(nullptr) : Json(options.baseline)},
              {"milestones", milestones(options.trials)},
              {"rows", Json::array()}};
    for (const Score& score : scores) {
        Json row{{"problem", score.problem}, {"strategy", score.strategy}};
        if (!score.refusal.empty()) {
            row["refusal"] = score.refusal;
        } else {
            row["problems"] = score.problems;
            row["gap_closed"] = list_of(score.gap_closed);
            if (!score.value.empty()) row["value"] = list_of(score.value);
            row["cpu_ms"] = score.cpu_mean;
            row["cpu_ms_last_50"] = score.cpu_last;
            if (score.p) row["p"] = *score.p;
        }
        json["rows"].push_back(std::move(row));
    }
    if (trace) {
        json["trace"] = Json::array();
        for (const Entrant& entrant : entrants)
            for (std::size_t seed = 0; seed < entrant.plays.size(); ++seed)
                json["trace"].push_back({{"problem", landscapes[entrant.landscape]->name()},
                                         {"strategy", options.strategies[entrant.strategy]},
                                         {"seed", options.first_seed + seed},
                                         {"values", list_of(entrant.plays[seed].values)}});
    }
    return json.dump(2) + "\n";
}

std::string trace_of(const Landscapes& landscapes, const ContestOptions& options,
                     const std::vector<Entrant>& entrants) {
    std::string text = "problem\tstrategy\tseed\ttrial\tvalue\tbest\tcpu_ms\n";
    for (const Entrant& entrant : entrants) {
        for (std::size_t seed = 0; seed < entrant.plays.size(); ++seed) {
            const Play& play = entrant.plays[seed];
            double best = std::nan("");
            for (std::size_t i = 0; i < play.values.size(); ++i) {
                if (better(least_loss(), play.values[i], best)) best = play.values[i];
                text += fmt::format("{}\t{}\t{}\t{}\t{}\t{}\t{:.4f}\n", landscapes[entrant.landscape]->name(),
                                    options.strategies[entrant.strategy], options.first_seed + seed, i,
                                    play.values[i], best, play.suggestion_cpu[i]);
            }
        }
    }
    return text;
}

}  // namespace o2v::bench_search
