#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "reports/front.hpp"
#include "reports/page_json.hpp"
#include "search/study/hypervolume.hpp"

namespace o2v::reports {
namespace {

bool dominates(const Point& a, const Point& b) {
    for (std::size_t i = 0; i < a.size(); ++i)
        if (a[i] > b[i]) return false;
    return true;
}

}  // namespace

Json hypervolume_json(const Study& study) {
    const std::vector<Goal> goals = study.goals();
    if (goals.size() < 2 || study.pareto_front().empty()) return nullptr;
    const std::optional<Point> reference = worst_point(study);
    if (!reference) return nullptr;
    Json history = Json::array();
    std::vector<Point> front;
    for (std::size_t i = 0; i < study.ended().size(); ++i) {
        const Trial& trial = study.trial(study.ended()[i]);
        if (!study.feasible(trial)) continue;
        const std::optional<Point> point = goal_point(trial, goals);
        if (!point) continue;
        if (std::any_of(front.begin(), front.end(), [&](const Point& p) { return dominates(p, *point); }))
            continue;
        std::erase_if(front, [&](const Point& p) { return dominates(*point, p); });
        front.push_back(*point);
        history.push_back({i + 1, json_number(hypervolume(front, *reference))});
    }
    Json worst = Json::array();
    for (std::size_t i = 0; i < goals.size(); ++i)
        worst.push_back(goals[i].direction == Direction::minimize ? (*reference)[i] : -(*reference)[i]);
    return {{"reference", std::move(worst)}, {"history", std::move(history)}};
}

}  // namespace o2v::reports
