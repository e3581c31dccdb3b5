// An executor without processes: what trials do is a script, and it all happens at once, in order.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <set>
#include <stdexcept>
#include <vector>

#include "orchestrator/executor.hpp"

namespace o2v::orchestrator {

// What a trial does when it is started: the messages up to the next epoch_ended are sent, then its answer is
// awaited.
using Script = std::function<std::deque<Happening>(int slot, const protocol::StartTrial&)>;

class ScriptedExecutor final : public Executor {
  public:
    ScriptedExecutor(int slots, Script script)
        : running_(static_cast<std::size_t>(slots)), script_(std::move(script)) {
        for (int slot = 0; slot < slots; ++slot) pending_.push_back(WorkerReady{slot, worker(slot), false});
    }

    int slots() const override { return static_cast<int>(running_.size()); }
    std::vector<int> free_slots() const override {
        std::vector<int> free;
        for (std::size_t i = 0; i < running_.size(); ++i)
            if (ready_ && !running_[i]) free.push_back(static_cast<int>(i));
        return free;
    }
    WorkerRecord worker(int slot) const override {
        return {"slot-" + std::to_string(slot), 1, "host", "cpu", "", {slot}, 1, "", "blas"};
    }
    void start(int slot, const protocol::StartTrial& trial,
               std::optional<std::chrono::milliseconds>) override {
        started.push_back(trial);
        running_[static_cast<std::size_t>(slot)] = Running{trial.trial, trial.attempt, script_(slot, trial)};
        advance(slot);
    }
    void proceed(TrialId trial) override {
        if (const int slot = slot_of(trial); slot >= 0) advance(slot);
    }
    void stop(TrialId trial, bool save) override {
        stopped.emplace_back(trial, save);
        const int slot = slot_of(trial);
        if (slot < 0) return;
        auto& running = running_[static_cast<std::size_t>(slot)];
        running->rest.clear();
        if (lost_when_stopped.erase(trial))
            pending_.push_back(
                TrialLost{slot, trial, running->attempt, FailureKind::crashed, "killed while it saved"});
        else
            pending_.push_back(TrialMessage{slot, protocol::TrialStopped{trial, running->attempt}});
    }
    std::vector<Happening> wait(TimePoint) override {
        ready_ = true;
        if (pending_.empty()) throw std::logic_error("the loop waits for something that cannot come");
        std::vector<Happening> now;
        if (one_at_a_time) {
            now.push_back(std::move(pending_.front()));
            pending_.pop_front();
        } else {
            now.assign(std::make_move_iterator(pending_.begin()), std::make_move_iterator(pending_.end()));
            pending_.clear();
        }
        for (const Happening& happening : now)
            if (const auto slot = freed_slot(happening)) running_[static_cast<std::size_t>(*slot)].reset();
        return now;
    }
    void shut_down() override { shut = true; }
    void push(Happening happening) { pending_.push_back(std::move(happening)); }

    std::vector<protocol::StartTrial> started;
    std::vector<std::pair<TrialId, bool>> stopped;
    std::set<TrialId> lost_when_stopped;  // their worker dies the first time instead of answering
    bool shut = false;
    bool one_at_a_time = true;

  private:
    struct Running {
        TrialId trial;
        int attempt;
        std::deque<Happening> rest;
    };
    // The slot that a trial's last word frees, when that word is heard.
    static std::optional<int> freed_slot(const Happening& happening) {
        if (const auto* lost = std::get_if<TrialLost>(&happening)) return lost->slot;
        const auto* said = std::get_if<TrialMessage>(&happening);
        if (!said || std::holds_alternative<protocol::EpochEnded>(said->message) ||
            std::holds_alternative<protocol::CheckpointSaved>(said->message))
            return std::nullopt;
        return said->slot;
    }
    int slot_of(TrialId trial) const {
        for (std::size_t i = 0; i < running_.size(); ++i)
            if (running_[i] && running_[i]->trial == trial) return static_cast<int>(i);
        return -1;
    }
    void advance(int slot) {
        auto& running = running_[static_cast<std::size_t>(slot)];
        while (running && !running->rest.empty()) {
            Happening happening = std::move(running->rest.front());
            running->rest.pop_front();
            const auto* said = std::get_if<TrialMessage>(&happening);
            const bool waits = said && std::holds_alternative<protocol::EpochEnded>(said->message);
            pending_.push_back(std::move(happening));
            if (waits) return;
        }
    }

    std::vector<std::optional<Running>> running_;
    std::deque<Happening> pending_;
    Script script_;
    bool ready_ = false;
};

}  // namespace o2v::orchestrator
