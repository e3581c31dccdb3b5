#include "reports/front.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "reports/leaderboard.hpp"
#include "reports/trial_facts.hpp"

namespace o2v::reports {
namespace {

double sign_of(const Goal& goal) {
    return goal.direction == Direction::minimize ? 1 : -1;
}

}  // namespace

std::optional<Point> goal_point(const Trial& trial, const std::vector<Goal>& goals) {
    Point point;
    for (const Goal& goal : goals) {
        const auto value = trial.value(goal);
        if (!value || !std::isfinite(*value)) return std::nullopt;
        point.push_back(sign_of(goal) * *value);
    }
    return point;
}

std::optional<Point> worst_point(const Study& study) {
    const std::vector<Goal> goals = study.goals();
    std::optional<Point> worst;
    for (const TrialId id : study.ended()) {
        const Trial& trial = study.trial(id);
        if (!study.feasible(trial)) continue;
        const auto point = goal_point(trial, goals);
        if (!point) continue;
        if (!worst) worst = point;
        for (std::size_t i = 0; i < goals.size(); ++i) (*worst)[i] = std::max((*worst)[i], (*point)[i]);
    }
    return worst;
}

std::string front_line(const Study& study) {
    const std::vector<Goal> goals = study.goals();
    const std::vector<TrialId>& front = study.pareto_front();
    if (goals.size() < 2 || front.empty()) return "";
    std::string line = fmt::format("on the Pareto front (*): {}", plural(front.size(), "trial"));

    const std::optional<Point> worst = worst_point(study);
    if (!worst) return line + '\n';
    std::vector<Point> points;
    for (const TrialId id : front)
        if (auto point = goal_point(study.trial(id), goals)) points.push_back(*std::move(point));
    std::string values;
    for (std::size_t i = 0; i < goals.size(); ++i)
        values += fmt::format("{}{} {}",
                              i == 0                 ? ""
                              : i + 1 < goals.size() ? ", "
                                                     : " and ",
                              goals[i].metric, metric_text(sign_of(goals[i]) * (*worst)[i]));
    return line + fmt::format(", of hypervolume {} to the worst of all, {}\n",
                              metric_text(hypervolume(std::move(points), *worst)), values);
}

}  // namespace o2v::reports
