#include <fmt/format.h>

#include <algorithm>

#include "reports/leaderboard.hpp"
#include "reports/trial_facts.hpp"

namespace o2v::reports {
namespace {

// ", 5 epochs in 21 s"; "" for none.
std::string work_of(const Trial& trial) {
    if (trial.curve.empty()) return "";
    return fmt::format(", {} in {}", plural(trial.curve.size(), "epoch"), duration_text(seconds_of(trial)));
}

std::string parameters_of(const Trial& trial) {
    return trial.params.empty() ? "" : "; " + short_text(trial.params);
}

std::string values_of(const Trial& trial, const Study& study) {
    std::string text;
    for (const Goal& goal : study.goals()) {
        const auto value = trial.value(goal);
        text +=
            (text.empty() ? "" : ", ") + goal.metric + ' ' + (value ? metric_text(*value) : "not reported");
    }
    return text;
}

// What a completed trial is among the others.
const char* standing_of(const Trial& trial, const Study& study) {
    if (!study.feasible(trial)) return " (outside of the constraints)";
    if (study.spec().more_goals.empty()) return study.best() == &trial ? " (best so far)" : "";
    const std::vector<TrialId>& front = study.pareto_front();
    return std::find(front.begin(), front.end(), trial.id) != front.end() ? " (on the Pareto front)" : "";
}

class Sentence {
  public:
    explicit Sentence(const Study& study) : study_(study) {}

    std::string operator()(const TrialEnded& event) const {
        const Trial& trial = study_.trial(event.trial);
        const std::string name = fmt::format("trial {}", trial.id);
        if (const auto* failure = std::get_if<Failure>(&event.ending))
            return fmt::format("{} failed: {}{}", name, failure_text(*failure), parameters_of(trial));
        if (const auto* pruned = std::get_if<Pruned>(&event.ending))
            return fmt::format("{} {}: {}{}{}", name, pruned->diverged ? "diverged" : "pruned",
                               pruned->reason, work_of(trial), parameters_of(trial));
        return fmt::format("{} completed: {}{}{}{}", name, values_of(trial, study_),
                           standing_of(trial, study_), work_of(trial), parameters_of(trial));
    }

    std::string operator()(const AttemptFailed& event) const {
        if (event.kind == FailureKind::interrupted) {
            const auto& checkpoint = study_.trial(event.trial).checkpoint;
            return fmt::format(
                "trial {} {}: {}", event.trial,
                checkpoint ? fmt::format("is saved after epoch {}", checkpoint->epoch) : "will start again",
                event.message);
        }
        return fmt::format("trial {}, attempt {} failed: {}", event.trial, event.attempt,
                           failure_text({event.kind, event.message}));
    }

    std::string operator()(const AttemptStarted& event) const {
        if (event.attempt == 1) return "";
        const auto& checkpoint = study_.trial(event.trial).checkpoint;
        const std::string from =
            checkpoint ? fmt::format("goes on after epoch {}", checkpoint->epoch) : "starts again";
        return fmt::format("trial {} {} on {} (attempt {})", event.trial, from, event.device, event.attempt);
    }

    std::string operator()(const Paused& event) const {
        return fmt::format("trial {} paused: {}", event.trial, event.reason);
    }

    std::string operator()(const TrialCreated&) const { return ""; }
    std::string operator()(const Reported&) const { return ""; }
    std::string operator()(const Checkpointed&) const { return ""; }
    std::string operator()(const Pausing&) const { return ""; }
    std::string operator()(const Resumed&) const { return ""; }

  private:
    const Study& study_;
};

}  // namespace

std::string event_sentence(const Study& study, const TrialEvent& event) {
    return std::visit(Sentence(study), event);
}

}  // namespace o2v::reports
