#include "orchestrator/promotion_gate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "reports/leaderboard.hpp"

namespace o2v::orchestrator {
namespace {

std::string data_name(const std::string& set) {
    return set == "objective" ? "objective" : set + " set";
}

// Short figures, unless they would then look the same.
std::string figures(const JudgedGoal& candidate, const JudgedGoal& current) {
    std::string one = reports::metric_text(*candidate.value), other = reports::metric_text(*current.value);
    if (one == other && *candidate.value != *current.value) {
        one = fmt::format("{}", *candidate.value);
        other = fmt::format("{}", *current.value);
    }
    return fmt::format("{} {} against {}", candidate.goal.metric, one, other);
}

// Why the two cannot be compared; "" when they can.
std::string obstacle(const Judged& candidate, const Judged& current) {
    if (candidate.set.empty()) return "a refit can be compared on a test set only, and there is none";
    if (current.set.empty()) return "there is no figure of that one on held-out data";
    if (candidate.set != current.set)
        return fmt::format("this one is judged on its {}, that one on its {}", data_name(candidate.set),
                           data_name(current.set));
    if (candidate.xxh3 != current.xxh3)
        return fmt::format("the {} is not the same (XXH3-128 {} now, {} then)", data_name(candidate.set),
                           candidate.xxh3, current.xxh3);
    const auto same_goal = [](const JudgedGoal& a, const JudgedGoal& b) { return a.goal == b.goal; };
    if (!std::equal(candidate.goals.begin(), candidate.goals.end(), current.goals.begin(),
                    current.goals.end(), same_goal))
        return "the two are judged by other goals";
    for (const Judged* judged : {&candidate, &current})
        for (const JudgedGoal& one : judged->goals)
            if (!one.value)
                return fmt::format("{} reports no {}", judged == &candidate ? "this one" : "that one",
                                   one.goal.metric);
    return "";
}

}  // namespace

GateVerdict compare_on_same_data(const Judged& candidate, const Judged& current,
                                 const std::string& incumbent) {
    if (const std::string why = obstacle(candidate, current); !why.empty())
        return {false, "not compared with " + incumbent + ": " + why};
    std::string text;
    bool ever_better = false, ever_worse = false;
    for (std::size_t i = 0; i < candidate.goals.size(); ++i) {
        const JudgedGoal &one = candidate.goals[i], &other = current.goals[i];
        text += (text.empty() ? "" : ", ") + figures(one, other);
        ever_better = ever_better || better(one.goal, *one.value, *other.value);
        ever_worse = ever_worse || better(one.goal, *other.value, *one.value);
    }
    return {ever_worse && !ever_better,
            fmt::format("{} of {} on the same {}", text, incumbent, data_name(candidate.set))};
}

const Trial* chosen_for_promotion(const Study& study) {
    const std::vector<Goal> goals = study.goals();
    if (goals.size() == 1 || study.pareto_front().empty()) return study.best();
    std::vector<TrialId> front = study.pareto_front();
    std::sort(front.begin(), front.end());
    std::vector<double> distance(front.size(), 0);
    for (const Goal& goal : goals) {
        double best = std::nan(""), worst = std::nan("");
        for (const TrialId id : front) {
            const double value = *study.trial(id).value(goal);
            if (std::isnan(best) || better(goal, value, best)) best = value;
            if (std::isnan(worst) || better(goal, worst, value)) worst = value;
        }
        const double range = std::abs(worst - best);
        for (std::size_t i = 0; i < front.size(); ++i) {
            const double off = std::abs(*study.trial(front[i]).value(goal) - best);
            // An infinite figure is as far away as can be.
            const double scaled = off == 0               ? 0
                                  : std::isfinite(range) ? off / range
                                  : std::isfinite(off)   ? 0
                                                         : 1;
            distance[i] += scaled * scaled;
        }
    }
    const auto nearest = std::min_element(distance.begin(), distance.end());
    return &study.trial(front[static_cast<std::size_t>(nearest - distance.begin())]);
}

}  // namespace o2v::orchestrator
