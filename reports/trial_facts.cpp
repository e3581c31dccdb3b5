#include "reports/trial_facts.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "reports/leaderboard.hpp"

namespace o2v::reports {

double seconds_of(const Trial& trial) {
    std::chrono::milliseconds sum{0};
    for (const Measurement& measurement : trial.curve) sum += measurement.elapsed;
    return static_cast<double>(sum.count()) / 1000;
}

Metrics metrics_of(const Trial& trial) {
    if (trial.ending)
        if (const auto* completed = std::get_if<Completed>(&*trial.ending)) return completed->metrics;
    return trial.curve.empty() ? Metrics{} : trial.curve.back().metrics;
}

std::string failure_text(const Failure& failure) {
    std::string text(to_text(failure.kind));
    return failure.message.empty() ? text : text + ": " + failure.message;
}

std::string reason_of(const Trial& trial) {
    if (!trial.ending) return "";
    if (const auto* pruned = std::get_if<Pruned>(&*trial.ending)) return pruned->reason;
    const auto* failure = std::get_if<Failure>(&*trial.ending);
    return failure ? failure_text(*failure) : "";
}

std::string short_text(const ParamValue& value) {
    const double* number = std::get_if<double>(&value);
    return number ? metric_text(*number) : to_text(value);
}

std::string short_text(const Assignment& params) {
    std::string text;
    for (const auto& [name, value] : params)
        text += (text.empty() ? "" : ", ") + name + '=' + short_text(value);
    return text;
}

std::string plural(std::size_t n, const std::string& noun) {
    return std::to_string(n) + ' ' + noun + (n == 1 ? "" : "s");
}

std::string cores_text(std::vector<int> cores) {
    std::sort(cores.begin(), cores.end());
    std::string text;
    for (std::size_t i = 0; i < cores.size();) {
        std::size_t last = i;
        while (last + 1 < cores.size() && cores[last + 1] == cores[last] + 1) ++last;
        if (!text.empty()) text += ',';
        text += std::to_string(cores[i]);
        if (last > i) text.append("-").append(std::to_string(cores[last]));
        i = last + 1;
    }
    return text.empty() ? "any" : text;
}

std::vector<std::optional<double>> judged_values(const Study& study, const Trial& trial) {
    const std::vector<Goal> goals = study.goals();
    const Metrics latest = metrics_of(trial);
    std::vector<std::optional<double>> values;
    for (const std::string& metric : study.judged_metrics()) {
        const auto goal =
            std::find_if(goals.begin(), goals.end(), [&](const Goal& one) { return one.metric == metric; });
        const auto found = latest.find(metric);
        if (goal != goals.end())
            values.push_back(trial.value(*goal));
        else
            values.push_back(found == latest.end() ? std::nullopt : std::optional(found->second));
    }
    return values;
}

namespace {

// Has it a number to be ranked by?
bool measured(const Trial& trial, const Goal& goal) {
    const auto value = trial.value(goal);
    return value && !std::isnan(*value);
}

// Puts the paused trials with a value among the pruned ones, by value.
std::vector<const Trial*> with_paused(const Study& study) {
    const Goal& goal = study.spec().goal;
    std::vector<const Trial*> ranking = study.ranking();
    std::vector<const Trial*> paused;
    for (const Trial& trial : study.trials())
        if (trial.state() == TrialState::paused && measured(trial, goal)) paused.push_back(&trial);
    const auto rank_before = [&](const Trial* a, const Trial* b) {
        return better(goal, a->value(goal).value_or(std::nan("")), b->value(goal).value_or(std::nan("")));
    };
    std::stable_sort(paused.begin(), paused.end(), rank_before);
    const auto state_is = [](TrialState state) {
        return [state](const Trial* trial) { return trial->state() == state; };
    };
    const auto pruned = std::find_if_not(ranking.begin(), ranking.end(), state_is(TrialState::completed));
    const auto failed = std::find_if(pruned, ranking.end(), state_is(TrialState::failed));
    std::vector<const Trial*> merged(ranking.begin(), pruned);
    std::merge(pruned, failed, paused.begin(), paused.end(), std::back_inserter(merged), rank_before);
    merged.insert(merged.end(), failed, ranking.end());
    return merged;
}

}  // namespace

std::vector<Ranked> ranked_trials(const Study& study) {
    std::vector<char> on_front(study.trials().size(), 0);
    if (!study.spec().more_goals.empty())
        for (const TrialId id : study.pareto_front()) on_front[static_cast<std::size_t>(id)] = 1;
    const auto row = [&](const Trial& trial) {
        return Ranked{std::nullopt, &trial, judged_values(study, trial),
                      on_front[static_cast<std::size_t>(trial.id)] != 0,
                      trial.state() == TrialState::completed && !study.feasible(trial)};
    };
    std::vector<Ranked> rows;
    rows.reserve(study.trials().size());
    for (const Trial* trial : with_paused(study)) rows.push_back(row(*trial));
    std::stable_partition(rows.begin(), rows.end(), [](const Ranked& one) { return one.on_front; });
    std::size_t rank = 0;
    for (Ranked& one : rows)
        if (measured(*one.trial, study.spec().goal)) one.rank = ++rank;
    for (const Trial& trial : study.trials())
        if (!trial.ending && !(trial.paused && measured(trial, study.spec().goal)))
            rows.push_back(row(trial));
    return rows;
}

}  // namespace o2v::reports
