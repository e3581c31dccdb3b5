#include "orchestrator/sentences.hpp"

#include <utility>

#include "orchestrator/data_check.hpp"
#include "reports/leaderboard.hpp"

namespace o2v::orchestrator {
namespace {

constexpr std::size_t kMost = 20;
constexpr std::chrono::seconds kWindow{1};

bool is_failure(const TrialEvent& event) {
    const auto* ended = std::get_if<TrialEnded>(&event);
    return std::holds_alternative<AttemptFailed>(event) ||
           (ended && std::holds_alternative<Failure>(ended->ending));
}

bool is_new_best(const Study& study, const TrialEvent& event) {
    if (!std::holds_alternative<TrialEnded>(event)) return false;
    const TrialId id = trial_of(event);
    if (!study.spec().more_goals.empty())
        return !study.pareto_front().empty() && study.pareto_front().back() == id;
    return study.best() && study.best()->id == id;
}

// Is there a sentence about such an event at all?
bool has_sentence(const TrialEvent& event) {
    const auto* started = std::get_if<AttemptStarted>(&event);
    return std::holds_alternative<TrialEnded>(event) || std::holds_alternative<AttemptFailed>(event) ||
           std::holds_alternative<Paused>(event) || (started && started->attempt > 1);
}

}  // namespace

void Sentences::happened(const Study& study, const TrialEvent& event) {
    if (!has_sentence(event)) return;
    const bool failure = is_failure(event);
    std::size_t& told = failure ? failures_told_ : told_;
    if (told < kMost || is_new_best(study, event)) {
        ++told;
        say(reports::event_sentence(study, event));
    } else if (std::holds_alternative<TrialEnded>(event)) {
        ++ended_;
        if (failure) ++failed_;
    } else {
        ++other_;
    }
}

std::vector<std::string> Sentences::take(std::chrono::milliseconds now, bool all) {
    if (all || now - since_ >= kWindow) {
        std::string left_out;
        if (ended_ > 0) left_out = with_commas(ended_) + " more trials ended";
        if (failed_ > 0) left_out += " (" + with_commas(failed_) + " failed)";
        if (other_ > 0)
            left_out += (left_out.empty() ? "" : ", ") + with_commas(other_) +
                        " more pauses, restarts and failed attempts";
        if (!left_out.empty()) say("... " + left_out);
        since_ = now;
        told_ = failures_told_ = 0;
        ended_ = failed_ = other_ = 0;
    }
    return std::exchange(waiting_, {});
}

}  // namespace o2v::orchestrator
