#include "reports/trial_facts.hpp"

#include <algorithm>

#include "reports/leaderboard.hpp"

namespace o2v::reports {

double seconds_of(const Trial& trial) {
    std::chrono::milliseconds sum{0};
    for (const Measurement& measurement : trial.curve) sum += measurement.elapsed;
    return static_cast<double>(sum.count()) / 1000;
}

std::size_t own_epochs(const Trial& trial) {
    return trial.curve.size() - (trial.fork ? static_cast<std::size_t>(trial.fork->epoch) + 1 : 0);
}

std::optional<double> joules_of(const Trial& trial) {
    double sum = 0;
    const std::size_t inherited = trial.curve.size() - own_epochs(trial);
    for (std::size_t epoch = inherited; epoch < trial.curve.size(); ++epoch) {
        if (!trial.curve[epoch].joules) return std::nullopt;
        sum += *trial.curve[epoch].joules;
    }
    return own_epochs(trial) > 0 ? std::optional(sum) : std::nullopt;
}

Metrics metrics_of(const Trial& trial) {
    if (trial.ending)
        if (const auto* completed = std::get_if<Completed>(&*trial.ending)) return completed->metrics;
    return trial.curve.empty() ? Metrics{} : trial.curve.back().metrics;
}

Assignment configuration_of(const Study& study, const Trial& trial) {
    Assignment all = trial.params;
    all.insert(study.spec().fixed.begin(), study.spec().fixed.end());
    return all;
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

std::string goal_text(const Goal& goal) {
    return (goal.direction == Direction::minimize ? "minimizes " : "maximizes ") + goal.metric;
}

}  // namespace o2v::reports
