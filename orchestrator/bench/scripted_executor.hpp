// An executor without processes: what trials do is a script, and it happens in order, at once or in its time.
#pragma once

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <set>
#include <stdexcept>
#include <thread>
#include <unordered_map>
#include <vector>

#include "orchestrator/executor.hpp"

namespace o2v::orchestrator {

// What a trial does when it is started: the messages up to the next epoch_ended are sent, then its answer is
// awaited.
using Script = std::function<std::deque<Happening>(int slot, const protocol::StartTrial&)>;

class ScriptedExecutor final : public Executor {
  public:
    // What a script's happening takes, after what came before it. Null: nothing takes time.
    using Takes = std::function<std::chrono::nanoseconds(const Happening&)>;

    ScriptedExecutor(int slots, Script script, Takes takes = nullptr)
        : running_(static_cast<std::size_t>(slots)), script_(std::move(script)), takes_(std::move(takes)) {
        for (int slot = 0; slot < slots; ++slot) push(WorkerReady{slot, worker(slot), false});
    }

    int slots() const override { return static_cast<int>(running_.size()); }
    std::vector<int> free_slots() const override { return {free_.begin(), free_.end()}; }
    WorkerRecord worker(int slot) const override {
        return {"slot-" + std::to_string(slot), 1, "host", "cpu", "", {slot}, 1, "", "blas"};
    }
    void start(int slot, const protocol::StartTrial& trial,
               std::optional<std::chrono::milliseconds>) override {
        if (remembers) started.push_back(trial);
        free_.erase(slot);
        slots_of_[trial.trial] = slot;
        running_[static_cast<std::size_t>(slot)] =
            Running{trial.trial, trial.attempt, script_(slot, trial), {}};
        advance(slot);
    }
    void proceed(TrialId trial) override {
        const int slot = slot_of(trial);
        if (slot < 0) return;
        if (takes_) answered_after.push_back(Clock::now() - running_[static_cast<std::size_t>(slot)]->last);
        advance(slot);
    }
    void stop(TrialId trial, bool save) override {
        stopped.emplace_back(trial, save);
        const int slot = slot_of(trial);
        if (slot < 0) return;
        auto& running = running_[static_cast<std::size_t>(slot)];
        running->rest.clear();
        if (lost_when_stopped.erase(trial))
            push(TrialLost{slot, trial, running->attempt, FailureKind::crashed, "killed while it saved"});
        else
            push(TrialMessage{slot, protocol::TrialStopped{trial, running->attempt}});
    }
    std::vector<Happening> wait(TimePoint deadline) override {
        if (pending_.empty()) throw std::logic_error("the loop waits for something that cannot come");
        if (takes_) std::this_thread::sleep_until(std::min(deadline, pending_.begin()->first));
        const TimePoint now = takes_ ? Clock::now() : TimePoint{};
        std::vector<Happening> happened;
        while (!pending_.empty() && pending_.begin()->first <= now) {
            happened.push_back(std::move(pending_.begin()->second));
            pending_.erase(pending_.begin());
            if (one_at_a_time) break;
        }
        for (const Happening& happening : happened) free_slot(happening);
        return happened;
    }
    void shut_down() override { shut = true; }
    void push(Happening happening) { pending_.emplace(TimePoint{}, std::move(happening)); }

    std::vector<protocol::StartTrial> started;
    std::vector<std::pair<TrialId, bool>> stopped;
    std::set<TrialId> lost_when_stopped;  // their worker dies the first time instead of answering
    bool shut = false;
    bool one_at_a_time = true;  // of wait(), where several have happened
    bool remembers = true;      // what has been started
    // From the moment an epoch ended to the answer, of each: what a worker waits. Only where time passes.
    std::vector<std::chrono::nanoseconds> answered_after;

  private:
    using Clock = std::chrono::steady_clock;
    struct Running {
        TrialId trial;
        int attempt;
        std::deque<Happening> rest;
        TimePoint last;  // when its last happening happens
    };

    int slot_of(TrialId trial) const {
        const auto found = slots_of_.find(trial);
        return found == slots_of_.end() ? -1 : found->second;
    }
    // A worker that has greeted, or a trial's last word, frees a slot when it is heard.
    void free_slot(const Happening& happening) {
        if (const auto* ready = std::get_if<WorkerReady>(&happening)) {
            free_.insert(ready->slot);
            return;
        }
        int slot = -1;
        if (const auto* lost = std::get_if<TrialLost>(&happening)) slot = lost->slot;
        if (const auto* said = std::get_if<TrialMessage>(&happening);
            said && !std::holds_alternative<protocol::EpochEnded>(said->message) &&
            !std::holds_alternative<protocol::CheckpointSaved>(said->message))
            slot = said->slot;
        if (slot < 0) return;
        if (auto& running = running_[static_cast<std::size_t>(slot)]) slots_of_.erase(running->trial);
        running_[static_cast<std::size_t>(slot)].reset();
        free_.insert(slot);
    }
    void advance(int slot) {
        auto& running = running_[static_cast<std::size_t>(slot)];
        if (!running) return;
        running->last = takes_ ? Clock::now() : TimePoint{};
        while (!running->rest.empty()) {
            Happening happening = std::move(running->rest.front());
            running->rest.pop_front();
            const auto* said = std::get_if<TrialMessage>(&happening);
            const bool waits = said && std::holds_alternative<protocol::EpochEnded>(said->message);
            if (takes_) running->last += takes_(happening);
            pending_.emplace(running->last, std::move(happening));
            if (waits) return;
        }
    }

    std::vector<std::optional<Running>> running_;
    std::unordered_map<TrialId, int> slots_of_;
    std::set<int> free_;
    std::multimap<TimePoint, Happening> pending_;  // what comes first first, then in the order of its telling
    Script script_;
    Takes takes_;
};

}  // namespace o2v::orchestrator
