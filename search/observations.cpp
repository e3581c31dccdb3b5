#include "search/observations.hpp"

#include <cmath>

namespace o2v::search {
namespace {

Observation observe(const Trial& trial, const Study& study) {
    using Kind = Observation::Kind;
    Observation seen{&trial, Kind::pending, std::nan(""), std::ssize(trial.curve), 0};
    const Goal& goal = study.spec().goal;
    if (const auto value = trial.value(goal)) seen.loss = as_loss(goal, *value);
    switch (trial.state()) {
        case TrialState::completed:
            seen.kind = Kind::completed;
            seen.violation = study.violation(trial);
            break;
        case TrialState::pruned:
        case TrialState::paused:
            seen.kind = Kind::partial;
            break;
        case TrialState::failed:
            seen.kind = Kind::failed;
            break;
        case TrialState::waiting:
        case TrialState::running:
            return seen;
    }
    if (std::isnan(seen.loss)) seen.kind = Kind::failed;
    return seen;
}

}  // namespace

double as_loss(const Goal& goal, double value) {
    return goal.direction == Direction::minimize ? value : -value;
}

std::optional<Observation> observation(const Trial& trial, const Study& study) {
    if (!study.spec().space.fits(trial.params)) return std::nullopt;
    return observe(trial, study);
}

std::vector<Observation> observations(const Study& study) {
    std::vector<Observation> seen;
    for (const Trial& trial : study.trials())
        if (const auto one = observation(trial, study)) seen.push_back(*one);
    return seen;
}

}  // namespace o2v::search
