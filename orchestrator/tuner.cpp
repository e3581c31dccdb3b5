#include "orchestrator/tuner.hpp"

#include <unistd.h>

#include <algorithm>

#include "orchestrator/machine.hpp"
#include "search/study/errors.hpp"

namespace o2v::orchestrator {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kTick{200};

}  // namespace

Tuner::Tuner(const Experiment& experiment, Study& study, Storage& storage, const search::Searcher& searcher,
             const search::Pruner& pruner, Executor& executor, StudyObserver& observer, TunerOptions options)
    : experiment_(experiment),
      study_(study),
      storage_(storage),
      searcher_(searcher),
      pruner_(pruner),
      executor_(executor),
      observer_(observer),
      options_(std::move(options)) {}

RunResult Tuner::run() {
    started_ = touched_ = Clock::now();
    slot_times_ = SlotTimes(executor_.slots(), started_);
    if (options_.energy.tells()) energy_.emplace(std::move(options_.energy));
    storage_.start_run(getpid(), host_name());
    earlier_ = std::chrono::milliseconds(storage_.milliseconds_of_runs());
    settle_earlier_runs();
    for (;;) {
        advance();
        commit_and_act();
        if (is_over()) break;
        const std::vector<Happening> happened = executor_.wait(Clock::now() + kTick);
        charge_energy();
        for (const Happening& happening : happened) handle(happening);
        obey();
        observe_time();
    }
    charge_energy();
    touch_run();
    storage_.sync();
    slot_times_.settle(Clock::now());
    result_.slot_times = slot_times_;
    if (energy_) {
        result_.joules = energy_->joules();
        result_.energy_counters = energy_->names();
    }
    executor_.shut_down();
    observer_.finished(study_, result_.why);
    return result_;
}

// Attempts that an earlier o2v-tune left open are lost; they do not count against the trial.
void Tuner::settle_earlier_runs() {
    if (experiment_.reproducible) {
        order_.emplace(experiment_.window);
        for (const TrialEvent& event : storage_.load()) order_->follow(event);
        for (HeldEvent& held : storage_.held()) order_->arrived(std::move(held));
    }
    for (const Trial& known : study_.trials()) {
        if (!is_open(known.id)) continue;
        const Trial trial = as_it_is(known.id);
        if (trial.state() == TrialState::running)
            attempt_failed({trial.id, trial.attempts.back().started.attempt, FailureKind::lost,
                            "the o2v-tune that ran it ended without a farewell"});
        else if (gives_up(trial))
            arrived(TrialEnded{trial.id, *trial.attempts.back().failure});
        else
            waiting_.insert(trial.id);
    }
}

// Decides as much as can be decided: what is told, begun and started.
void Tuner::advance() {
    if (!failed_medium_.empty()) return;
    free_ = executor_.free_slots().size();  // nothing is started before this turn is recorded
    for (;;) {
        if (order_) {
            if (const auto held = order_->next_timeless()) {
                tell_held(*held);
                continue;
            }
        }
        if (!leaving_)
            if (auto end = why_leave()) leave(*std::move(end));
        if (leaving_ || (finishing_ && order_)) break;
        if (!finishing_ && !paused_ && begin_trial()) continue;
        if (!order_) break;
        const auto held = order_->next_tick();
        if (!held) break;
        tell_held(*held);
    }
    fill_slots();
    make_room();
}

void Tuner::commit_and_act() {
    if (order_) order_->keep([this](const TrialEvent& event) { return storage_.hold(event); });
    storage_.commit();
    for (const auto& action : std::exchange(to_do_, {})) action();
    if (!failed_medium_.empty()) throw StorageError(failed_medium_);
}

void Tuner::handle(const Happening& happening) {
    if (const auto* ready = std::get_if<WorkerReady>(&happening)) {
        slot_times_.enter(ready->slot, SlotState::idle, Clock::now());
        storage_.record_worker(ready->worker);
        observer_.worker_ready(ready->worker, ready->reference_blas);
    } else if (const auto* said = std::get_if<TrialMessage>(&happening)) {
        hear(said->message);
    } else if (const auto* lost = std::get_if<TrialLost>(&happening)) {
        lose(*lost);
    } else {
        interrupt(std::get<InterruptRequested>(happening));
    }
}

void Tuner::hear(const protocol::Up& message) {
    if (const auto* epoch = std::get_if<protocol::EpochEnded>(&message)) return hear_epoch(*epoch);
    if (const auto* saved = std::get_if<protocol::CheckpointSaved>(&message)) {
        if (is_open(saved->trial))
            arrived(Checkpointed{saved->trial, saved->attempt, {relative(saved->path), saved->epoch}});
        return;
    }
    if (protocol::ends_attempt(message)) hear_end(protocol::attempt_of(message).trial, message);
}

// The worker waits for the answer, so that a verdict never depends on timing.
void Tuner::hear_epoch(const protocol::EpochEnded& message) {
    const TrialId id = message.trial;
    if (!is_open(id)) return;  // ended by the pruner: it has been told to leave
    const auto report = [&] {
        Reported event{id, message.attempt, message.measurement};
        event.measurement.joules = energy_ ? std::optional(energy_->claim(id)) : std::nullopt;
        arrived(std::move(event));
    };
    if (!order_) return report();  // and judged
    const std::int64_t epoch = message.measurement.epoch;
    const Trial trial = as_it_is(id);
    if (epoch < std::ssize(trial.curve)) {  // repeated: a reproducible study hears of nothing twice
        if (leaving_trials_.contains(id)) return;
        if (trial.pausing && epoch + 1 == std::ssize(trial.curve))
            tell_to_leave(id, true);
        else
            answer(id);
        return;
    }
    report();
    if (leaving_trials_.contains(id)) return;
    if (!decides(trial, epoch)) return answer(id);
    blocked_.insert(id);
    slot_times_.enter(held_.at(id), SlotState::blocked, Clock::now());
    if (finishing_) tell_to_leave(id, true);
}

void Tuner::hear_end(TrialId id, const protocol::Up& message) {
    const auto slot = held_.find(id);
    if (slot != held_.end()) slot_times_.enter(slot->second, SlotState::idle, Clock::now());
    given_back(id);
    if (!is_open(id)) return;  // the pruner has ended it
    if (const auto* done = std::get_if<protocol::TrialCompleted>(&message)) {
        arrived(completed_event(*done));
    } else if (const auto* diverged = std::get_if<protocol::TrialDiverged>(&message)) {
        arrived(TrialEnded{id, Pruned{diverged->message, true}});
    } else if (const auto* failed = std::get_if<protocol::TrialFailed>(&message)) {
        attempt_failed({id, failed->attempt, failed->kind, failed->message});
        if (failed->medium) failed_medium_ = "trial " + std::to_string(id) + ": " + failed->message;
    } else if (const auto* stopped = std::get_if<protocol::TrialStopped>(&message)) {
        const Trial trial = as_it_is(id);
        if (trial.pausing)
            arrived(Paused{id, *trial.pausing});
        else
            attempt_failed({id, stopped->attempt, FailureKind::interrupted,
                            leaving_ || finishing_ ? "the run was interrupted" : "made room for another"});
    }
}

void Tuner::lose(const TrialLost& lost) {
    slot_times_.enter(lost.slot, SlotState::starting, Clock::now());
    const bool told_to_leave = leaving_trials_.contains(lost.trial);
    given_back(lost.trial);
    if (!is_open(lost.trial)) return;
    const bool by_us = leaving_ && told_to_leave && !lost.for_good;
    attempt_failed({lost.trial, lost.attempt, by_us ? FailureKind::interrupted : lost.kind, lost.message},
                   lost.for_good);
}

void Tuner::given_back(TrialId id) {
    if (const auto held = held_.find(id); held != held_.end()) {
        taken_.erase(held->second);
        held_.erase(held);
    }
    if (energy_) energy_->leave(id);
    for (auto* of_held : {&blocked_, &kept_back_, &leaving_trials_}) of_held->erase(id);
    if (alone_ == id) alone_.reset();
}

void Tuner::attempt_failed(const AttemptFailed& failed, bool for_good) {
    arrived(failed);
    if (const Trial trial = as_it_is(failed.trial); for_good || gives_up(trial))
        arrived(TrialEnded{trial.id, Failure{failed.kind, failed.message}});
    else
        waiting_.insert(failed.trial);
}

void Tuner::arrived(TrialEvent event) {
    if (std::holds_alternative<TrialEnded>(event) || std::holds_alternative<Paused>(event))
        waiting_.erase(trial_of(event));
    if (order_)
        order_->arrived({0, std::move(event)});
    else
        tell_held({0, std::move(event)});
}

void Tuner::tell_held(const HeldEvent& held) {
    if (held.number != 0) storage_.release(held.number);
    if (study_.trial(trial_of(held.event)).ending) return;  // by the pruner, meanwhile
    tell(held.event);
    if (const auto* report = std::get_if<Reported>(&held.event)) judge(*report);
}

void Tuner::tell(const TrialEvent& event) {
    storage_.add(event);
    study_.apply(event);
    if (order_) order_->follow(event);
    to_do_.emplace_back([this, event] { observer_.happened(study_, event); });
    const auto* ended = std::get_if<TrialEnded>(&event);
    if (!ended && !std::holds_alternative<Paused>(event)) return;
    if (!leaving_ && !finishing_) {
        exhausted_ = false;
        result_.why.clear();
    }
    if (!ended) return;
    ++ended_this_run_;
    waiting_.erase(ended->trial);
    if (on_trial_ended) to_do_.emplace_back([this, id = ended->trial] { on_trial_ended(id); });
}

// After its last epoch there is nothing left to decide: it completes.
bool Tuner::decides(const Trial& trial, std::int64_t epoch) const {
    const std::optional<std::int64_t> epochs = planned_epochs(study_.spec(), trial.params);
    return !(epochs && epoch + 1 >= *epochs) && pruner_.decides(trial, epoch, study_.spec());
}

// The pruner's word on a report.
void Tuner::judge(const Reported& report) {
    const TrialId id = report.trial;
    const Trial& trial = study_.trial(id);
    const std::int64_t epoch = report.measurement.epoch;
    const bool decided = decides(trial, epoch);
    // Does its worker wait for this word? In a reproducible study it may be on a later epoch already.
    const bool waits = held_.contains(id) && !leaving_trials_.contains(id) &&
                       (!order_ || (decided && blocked_.contains(id)));
    const bool repeated = epoch + 1 < std::ssize(trial.curve);
    if (trial.pausing && !repeated) {  // the attempt that was to pause did not get that far
        if (waits) tell_to_leave(id, true);
        return;
    }
    const search::Verdict verdict = decided && !repeated ? pruner_.judge(trial, study_) : search::Verdict{};
    switch (verdict.kind) {
        case search::Verdict::Kind::go_on:
            if (waits) answer(id);
            break;
        case search::Verdict::Kind::pause:
            tell(Pausing{id, verdict.reason});
            if (waits) tell_to_leave(id, true);
            break;
        case search::Verdict::Kind::stop:
            tell(TrialEnded{id, Pruned{verdict.reason, false}});
            if (waits) tell_to_leave(id, false);
            break;
    }
}

void Tuner::tell_to_leave(TrialId id, bool save) {
    if (leaving_trials_.insert(id).second)
        to_do_.emplace_back([this, id, save] { executor_.stop(id, save); });
}

void Tuner::answer(TrialId id) {
    if (paused_) {
        kept_back_.insert(id);
        return;
    }
    if (blocked_.erase(id) > 0) slot_times_.enter(held_.at(id), SlotState::busy, Clock::now());
    to_do_.emplace_back([this, id] { executor_.proceed(id); });
}

void Tuner::leave(RunResult result) {
    leaving_ = true;
    result_ = std::move(result);
    for (const auto& [id, slot] : held_) tell_to_leave(id, true);
}

// First: what runs may end (in a paused study it stands still, and would not). Then: it saves and leaves.
// Then: it is left behind.
void Tuner::interrupt(const InterruptRequested& request) {
    if (leaving_) {
        result_.end = RunEnd::interrupted;
        abandoned_ = true;  // open attempts are found and repeated by the next run
    } else if (finishing_ || request.now || !options_.interrupt_finishes || paused_ || held_.empty()) {
        observer_.note("interrupted: running trials save and leave; interrupt again to leave at once");
        leave({RunEnd::interrupted, "interrupted; the same command continues"});
    } else {
        finishing_ = true;
        result_ = {RunEnd::interrupted, "interrupted; the same command continues"};
        observer_.note(
            "interrupted: running trials are finished and none is begun; press Ctrl-C again to "
            "save them and leave now");
        for (const TrialId id : blocked_) tell_to_leave(id, true);
    }
}

}  // namespace o2v::orchestrator
