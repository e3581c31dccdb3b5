// What is read off one trial's facts.
#include <algorithm>
#include <cmath>
#include <limits>

#include "search/study/study.hpp"

namespace o2v {
namespace {

// Events become facts.
struct Fold {
    Trial& trial;

    void operator()(const TrialCreated& event) const {
        trial.id = event.trial;
        trial.params = event.params;
        trial.seed = event.seed;
        trial.why = event.why;
        trial.fork = event.fork;
    }
    void operator()(const AttemptStarted& event) const {
        trial.attempts.push_back({event, std::nullopt});
        trial.paused = trial.resumed = false;
    }
    void operator()(const Reported& event) const {
        const auto epoch = static_cast<std::size_t>(event.measurement.epoch);
        if (epoch == trial.curve.size())
            trial.curve.push_back(event.measurement);
        else
            trial.curve[epoch] = event.measurement;
    }
    void operator()(const Checkpointed& event) const { trial.checkpoint = event.checkpoint; }
    void operator()(const Pausing& event) const { trial.pausing = event.reason; }
    void operator()(const Paused&) const {
        trial.paused = true;
        ++trial.pauses;
        trial.pausing.reset();
    }
    void operator()(const Resumed&) const {
        trial.paused = false;
        trial.resumed = true;
    }
    void operator()(const AttemptFailed& event) const {
        trial.attempts.back().failure = Failure{event.kind, event.message};
        trial.attempts.back().epochs = std::ssize(trial.curve);
    }
    void operator()(const TrialEnded& event) const { trial.ending = event.ending; }
};

// Against the limit of repeats?
bool counts(const Attempt& attempt) {
    return attempt.failure && attempt.failure->kind != FailureKind::interrupted &&
           attempt.failure->kind != FailureKind::lost;
}

}  // namespace

std::string_view to_text(TrialState state) {
    switch (state) {
        case TrialState::waiting:
            return "waiting";
        case TrialState::running:
            return "running";
        case TrialState::paused:
            return "paused";
        case TrialState::completed:
            return "completed";
        case TrialState::pruned:
            return "pruned";
        case TrialState::failed:
            return "failed";
    }
    return "unknown";
}

std::string_view to_text(Direction direction) {
    return direction == Direction::minimize ? "minimize" : "maximize";
}

std::optional<Direction> direction_from_text(std::string_view text) {
    for (const Direction direction : {Direction::minimize, Direction::maximize})
        if (text == to_text(direction)) return direction;
    return std::nullopt;
}

bool better(const Goal& goal, double a, double b) {
    if (std::isnan(a)) return false;
    if (std::isnan(b)) return true;
    return goal.direction == Direction::minimize ? a < b : a > b;
}

double Constraint::violation(double value) const {
    if (std::isnan(value)) return std::numeric_limits<double>::infinity();
    return std::max({0.0, min ? *min - value : 0.0, max ? value - *max : 0.0});
}

std::optional<std::int64_t> planned_epochs(const StudySpec& spec, const Assignment& params) {
    for (const Assignment* given : {&params, &spec.fixed}) {
        const auto found = given->find("epochs");
        if (found != given->end() && !std::holds_alternative<std::string>(found->second))
            return static_cast<std::int64_t>(to_number(found->second));
    }
    return std::nullopt;
}

TrialState Trial::state() const {
    if (ending) {
        if (std::holds_alternative<Completed>(*ending)) return TrialState::completed;
        return std::holds_alternative<Pruned>(*ending) ? TrialState::pruned : TrialState::failed;
    }
    if (paused) return TrialState::paused;
    return !resumed && !attempts.empty() && !attempts.back().failure ? TrialState::running
                                                                     : TrialState::waiting;
}

void Trial::follow(const TrialEvent& event) {
    std::visit(Fold{*this}, event);
}

int Trial::counted_failures() const {
    return static_cast<int>(std::count_if(attempts.begin(), attempts.end(), counts));
}

int Trial::failures_without_progress() const {
    return static_cast<int>(std::count_if(attempts.begin(), attempts.end(), [this](const Attempt& attempt) {
        return counts(attempt) && attempt.epochs == std::ssize(curve);
    }));
}

std::optional<double> Trial::value(const Goal& goal) const {
    const auto metric_in = [&](const Metrics& metrics) {
        const auto found = metrics.find(goal.metric);
        return found == metrics.end() ? std::nullopt : std::optional(found->second);
    };
    if (ending) {
        if (const auto* completed = std::get_if<Completed>(&*ending)) return metric_in(completed->metrics);
        const auto* pruned = std::get_if<Pruned>(&*ending);
        if (!pruned || pruned->diverged) return std::nullopt;
    }
    std::optional<double> best;
    for (const Measurement& measurement : curve)
        if (const auto value = metric_in(measurement.metrics);
            value && (!best || better(goal, *value, *best)))
            best = value;
    return best;
}

}  // namespace o2v
