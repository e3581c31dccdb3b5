// What another terminal asks of the loop.
#include <utility>

#include "orchestrator/tuner.hpp"

namespace o2v::orchestrator {

void Tuner::obey() {
    if (!options_.inbox || std::chrono::steady_clock::now() - asked_ < kLook) return;
    asked_ = std::chrono::steady_clock::now();
    const Inbox inbox = options_.inbox->take();
    for (const std::string& note : inbox.notes) observer_.note(note);
    for (const Arrived& arrived : inbox.requests) obey(arrived);
}

void Tuner::obey(const Arrived& arrived) {
    if (std::holds_alternative<EnqueueRequest>(arrived.request)) {
        enqueued_.push_back(arrived);
        exhausted_ = false;
        if (!leaving_ && !finishing_) result_.why.clear();
        return;
    }
    if (std::holds_alternative<PauseRequest>(arrived.request)) {
        if (paused_) return options_.inbox->done(arrived);
        paused_ = arrived;  // done when the study goes on: until then others can see it
        observer_.note("paused: nothing is begun, and running trials wait after their epoch");
        return;
    }
    if (const auto* stop = std::get_if<StopRequest>(&arrived.request)) {
        if (!leaving_ && (stop->now || !finishing_)) interrupt({stop->now});
    } else {
        resume();
    }
    options_.inbox->done(arrived);
}

void Tuner::resume() {
    if (!paused_) return;
    options_.inbox->done(*std::exchange(paused_, std::nullopt));
    observer_.note("resumed");
    for (const TrialId id : std::exchange(kept_back_, {}))
        if (!leaving_trials_.contains(id)) answer(id);
}

// The request is forgotten once the trial is recorded; what has been tried is not tried again.
bool Tuner::create_enqueued() {
    while (!enqueued_.empty()) {
        const Arrived next = std::move(enqueued_.front());
        enqueued_.pop_front();
        const Assignment& params = std::get<EnqueueRequest>(next.request).params;
        std::string refusal;
        if (order_)
            refusal = "a reproducible study takes its configurations from its file";
        else if (study_.tried(params))
            refusal = "it has been tried";
        else if (!study_.spec().space.contains(params))
            refusal = "it is not in the space";
        if (refusal.empty())
            create(params, "enqueued while the study ran");
        else
            observer_.note("not tried: " + to_text(params) + ": " + refusal);
        to_do_.emplace_back([this, next] { options_.inbox->done(next); });
        if (refusal.empty()) return true;
    }
    return false;
}

}  // namespace o2v::orchestrator
