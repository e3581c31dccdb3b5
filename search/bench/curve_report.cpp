// A contest on learning curves as text and as JSON.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "search/bench/curve_contest.hpp"
#include "search/bench/statistics.hpp"

namespace o2v::bench_search {
namespace {

using Json = nlohmann::ordered_json;

std::string epochs_text(double epochs) {
    return std::isinf(epochs) ? "never" : fmt::format("{:.0f}", epochs);
}

Json epochs_json(double epochs) {
    return std::isinf(epochs) ? Json(nullptr) : Json(epochs);
}

Json json_of(const Effort& effort) {
    Json epochs = Json::array();
    for (const double one : effort.epochs) epochs.push_back(epochs_json(one));
    return {{"epochs", std::move(epochs)},
            {"median_epochs", epochs_json(effort.median_epochs())},
            {"random_epochs", epochs_json(effort.reference)},
            {"times_fewer", median(effort.times_fewer())}};
}

}  // namespace

std::string text_of(const std::vector<CurveScore>& scores, const CurveContestOptions& options) {
    std::size_t wide = 7, name = 8;
    for (const CurveScore& score : scores) {
        wide = std::max(wide, score.problem.size());
        name = std::max(name, score.strategy.size());
    }
    std::string text = fmt::format(
        "Epochs until a loss within {:g} % of the table's best final one: seen at any epoch | at a trial's "
        "last "
        "one.\nPruner {}, {} slots; random search trains every trial to its end; medians over the seeds.\n\n",
        100 * options.simulation.within, options.simulation.pruner.type, options.simulation.slots);
    text += fmt::format("{:<{}}  {:<{}}  {:>7}  {:>7}  {:>7}  | {:>7}  {:>7}  {:>7}  {:>7}  {:>9}  {:>8}\n",
                        "problem", wide, "strategy", name, "epochs", "random", "fewer", "epochs", "random",
                        "fewer", "trials", "completed", "ms");
    for (const CurveScore& score : scores)
        text += fmt::format(
            "{:<{}}  {:<{}}  {:>7}  {:>7}  {:>6.2f}x  | {:>7}  {:>7}  {:>6.2f}x  {:>7.1f}  {:>9.1f}  "
            "{:>8.3f}\n",
            score.problem, wide, score.strategy, name, epochs_text(score.any.median_epochs()),
            epochs_text(score.any.reference), median(score.any.times_fewer()),
            epochs_text(score.final.median_epochs()), epochs_text(score.final.reference),
            median(score.final.times_fewer()), score.trials, score.completed, score.cpu);
    for (const std::string& strategy : options.strategies)
        text += fmt::format("{:<{}}  {:<{}}  {:>7}  {:>7}  {:>6.2f}x  | {:>7}  {:>7}  {:>6.2f}x\n", "median",
                            wide, strategy, name, "", "", times_fewer(scores, strategy, &CurveScore::any), "",
                            "", times_fewer(scores, strategy, &CurveScore::final));
    return text;
}

std::string json_of(const std::vector<CurveScore>& scores, const CurveContestOptions& options) {
    Json json{{"pruner", options.simulation.pruner.type},
              {"slots", options.simulation.slots},
              {"within", options.simulation.within},
              {"trials", options.simulation.trials},
              {"seeds", options.seeds},
              {"reference_seeds", options.reference_seeds},
              {"first_seed", options.first_seed},
              {"rows", Json::array()},
              {"times_fewer", Json::object()}};
    for (const CurveScore& score : scores)
        json["rows"].push_back({{"problem", score.problem},
                                {"strategy", score.strategy},
                                {"any_epoch", json_of(score.any)},
                                {"last_epoch", json_of(score.final)},
                                {"trials", score.trials},
                                {"completed", score.completed},
                                {"cpu_ms", score.cpu}});
    for (const std::string& strategy : options.strategies)
        json["times_fewer"][strategy] = {{"any_epoch", times_fewer(scores, strategy, &CurveScore::any)},
                                         {"last_epoch", times_fewer(scores, strategy, &CurveScore::final)}};
    return json.dump(2) + "\n";
}

}  // namespace o2v::bench_search
