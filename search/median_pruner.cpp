#include "search/median_pruner.hpp"

#include <algorithm>
#include <cstdio>
#include <numeric>

#include "search/study/errors.hpp"

namespace o2v::search {
namespace {

std::size_t at_least_0(const char* field, int value) {
    if (value < 0) throw InputError(field, std::to_string(value), "must be at least 0");
    return static_cast<std::size_t>(value);
}

// Null when it has not been reported.
const double* metric_in(const Measurement& measurement, const Goal& goal) {
    const auto found = measurement.metrics.find(goal.metric);
    return found == measurement.metrics.end() ? nullptr : &found->second;
}

// REQUIRES: values is not empty.
double median(const std::vector<double>& values) {
    const std::size_t middle = values.size() / 2;
    return values.size() % 2 ? values[middle] : std::midpoint(values[middle - 1], values[middle]);
}

std::string short_text(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.4g", value);
    return text;
}

std::string plural(std::size_t n, const char* noun) {
    return std::to_string(n) + " " + noun + (n == 1 ? "" : "s");
}

}  // namespace

MedianPruner::MedianPruner(const PrunerOptions& options)
    : startup_trials_(at_least_0("/pruner/startup_trials", options.startup_trials)),
      warmup_epochs_(static_cast<std::int64_t>(at_least_0("/pruner/warmup_epochs", options.warmup_epochs))) {}

void MedianPruner::catch_up(const Study& study) const {
    const Goal& goal = study.spec().goal;
    const auto& ended = study.ended();
    if (past_.ended > ended.size() || past_.key != study.ended_key(past_.ended) || past_.goal != goal)
        past_ = Past{0, study.ended_key(0), goal, {}};
    for (; past_.ended < ended.size(); ++past_.ended) {
        const Trial& trial = study.trial(ended[past_.ended]);
        double sum = 0;
        int reported = 0;
        for (std::size_t e = 0; e < trial.curve.size(); ++e) {
            if (past_.means.size() <= e) past_.means.emplace_back();
            if (const double* value = metric_in(trial.curve[e], goal)) {
                sum += *value;
                ++reported;
            }
            if (reported == 0) continue;
            const double mean = sum / reported;
            auto& means = past_.means[e];
            means.insert(std::upper_bound(means.begin(), means.end(), mean,
                                          [&](double a, double b) { return better(goal, a, b); }),
                         mean);
        }
    }
    past_.key = study.ended_key(past_.ended);
}

Verdict MedianPruner::judge(const Trial& trial, const Study& study) const {
    const Goal& goal = study.spec().goal;
    const auto epochs = trial.curve.size();
    if (std::ssize(trial.curve) <= warmup_epochs_ || study.count(TrialState::completed) < startup_trials_)
        return {};
    const std::optional<double> best = trial.value(goal);
    if (!best) return {};

    catch_up(study);
    if (past_.means.size() < epochs || past_.means[epochs - 1].empty()) return {};
    const std::vector<double>& others = past_.means[epochs - 1];
    const double bar = median(others);
    if (!better(goal, bar, *best)) return {};
    return {Verdict::Kind::stop, "best " + goal.metric + " " + short_text(*best) + " after " +
                                     plural(epochs, "epoch") + " is worse than " + short_text(bar) +
                                     ", the median of the running means of " +
                                     plural(others.size(), "trial")};
}

}  // namespace o2v::search
