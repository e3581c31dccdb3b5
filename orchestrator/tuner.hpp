// The loop: start as much as is allowed; wait for something to happen; record; react.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "orchestrator/control.hpp"
#include "orchestrator/energy.hpp"
#include "orchestrator/executor.hpp"
#include "orchestrator/experiment.hpp"
#include "orchestrator/observer.hpp"
#include "orchestrator/slot_times.hpp"
#include "orchestrator/storage.hpp"
#include "orchestrator/virtual_order.hpp"
#include "search/pruner.hpp"
#include "search/searcher.hpp"
#include "search/study/study.hpp"

namespace o2v::orchestrator {

// Attempts of a trial that may fail by its own fault (crash, time-out) at one point before the trial is
// failed, and in all.
inline constexpr int kMaxFailures = 3;
inline constexpr int kMaxFailuresInAll = 10;
// Of these, attempts that may run out of memory. The second one has the machine for itself.
inline constexpr int kMaxOutOfMemory = 2;
// A study whose first trials all fail ends after this many.
inline constexpr int kFailuresToGiveUp = 5;
// How long a request from outside may lie before it is taken.
inline constexpr std::chrono::milliseconds kLook{200};

// The seed of the generator with which trial `trial` of a study is suggested.
std::uint64_t suggestion_seed(const StudySpec& spec, TrialId trial);

// All a worker needs to train the trial from its beginning, in this folder.
protocol::StartTrial order_of(const Experiment& experiment, const Trial& trial, const std::string& folder);

enum class RunEnd { done, interrupted, failed };

struct RunResult {
    RunEnd end = RunEnd::done;
    std::string why;  // a sentence: which budget was reached, or what every trial failed with
    SlotTimes slot_times = {};
    // What the machine used meanwhile, by the counters named; none of them: nobody knows.
    double joules = 0;
    std::vector<std::string> energy_counters = {};
};

struct TunerOptions {
    std::string folder;  // the study's, absolute; paths in events are relative to it
    // Limits of this run alone, on top of the study's budget.
    std::optional<std::int64_t> max_trials;  // created in all
    std::optional<std::chrono::milliseconds> max_time;
    double checkpoint_seconds = 10;
    bool interrupt_finishes = true;  // a first Ctrl-C lets running trials end
    ControlInbox* inbox = nullptr;   // requests from outside; null = none come
    EnergyMeter energy = {};         // of the machine that the slots are on
};

class Tuner {
  public:
    // Does not own its parts. `study` is what storage.load() gave.
    Tuner(const Experiment& experiment, Study& study, Storage& storage, const search::Searcher& searcher,
          const search::Pruner& pruner, Executor& executor, StudyObserver& observer, TunerOptions options);

    // Runs until a budget is reached, the searcher has nothing left, or an interrupt. What a turn of the loop
    // found out and decided is recorded in one transaction before anything is done about it. Throws
    // StorageError: what was recorded until then is safe.
    RunResult run();

    // Called with each trial that has ended, after it is recorded.
    std::function<void(TrialId)> on_trial_ended;

  private:
    // ---- what happens (tuner.cpp)
    void settle_earlier_runs();
    void advance();
    void commit_and_act();
    void handle(const Happening& happening);
    void hear(const protocol::Up& message);
    void hear_epoch(const protocol::EpochEnded& message);
    void hear_end(TrialId trial, const protocol::Up& message);
    void lose(const TrialLost& lost);
    void given_back(TrialId trial);
    void attempt_failed(const AttemptFailed& failed, bool for_good = false);
    // An event of an attempt: told at once, or, of a reproducible study, when its turn has come.
    void arrived(TrialEvent event);
    // To the storage, the study and the observer.
    void tell(const TrialEvent& event);
    void tell_held(const HeldEvent& held);
    void judge(const Reported& report);
    void answer(TrialId trial);
    void tell_to_leave(TrialId trial, bool save);
    bool decides(const Trial& trial, std::int64_t epoch) const;

    // ---- what is started (tuner_start.cpp)
    bool begin_trial();
    bool create_trial();
    void create(Assignment params, std::string why, std::optional<Fork> fork = std::nullopt);
    void retire_paused();
    void fill_slots();
    void make_room();
    std::optional<TrialId> next_to_launch() const;
    bool undecided(TrialId trial) const;
    void copy_checkpoint(const Fork& fork, TrialId id);
    std::string trial_folder(TrialId id) const;
    std::string forked_checkpoint(TrialId id) const;
    void launch(int slot, TrialId trial);
    protocol::StartTrial order_for(const Trial& trial, int attempt) const;
    std::optional<std::chrono::milliseconds> time_left(const Trial& trial) const;

    // ---- what is true (tuner_state.cpp)
    Trial as_it_is(TrialId trial) const;
    bool is_open(TrialId trial) const;  // neither ended nor paused
    TrialEvent completed_event(const protocol::TrialCompleted& done) const;
    bool gives_up(const Trial& trial) const;
    std::string relative(const std::string& path) const;
    std::optional<std::string> why_no_new_trials();
    bool ends_for_good() const;
    std::optional<RunResult> why_leave() const;
    bool is_over() const;
    void charge_energy();
    void touch_run();
    RunStatus status() const;
    void observe_time();
    std::vector<SlotStatus> each_slot() const;

    // ---- what is asked from outside (tuner_control.cpp)
    void obey();
    void obey(const Arrived& arrived);
    void resume();
    bool create_enqueued();

    // ---- how it ends (tuner.cpp)
    void leave(RunResult result);
    void interrupt(const InterruptRequested& request);

    const Experiment& experiment_;
    Study& study_;
    Storage& storage_;
    const search::Searcher& searcher_;
    const search::Pruner& pruner_;
    Executor& executor_;
    StudyObserver& observer_;
    TunerOptions options_;

    TimePoint started_;
    TimePoint shown_;    // when the observer had its last tick
    TimePoint asked_;    // when the inbox was last looked into
    TimePoint touched_;  // when the storage last heard how long this run has been going on
    std::chrono::milliseconds earlier_{0};
    std::int64_t ended_this_run_ = 0;
    std::optional<VirtualOrder> order_;  // of a reproducible study
    std::map<TrialId, int> held_;        // given to a slot and not yet answered for, ended ones included
    std::set<int> taken_;                // the slots of held_
    std::size_t free_ = 0;               // the executor's free slots, as of this turn
    std::set<TrialId> waiting_;          // created or gone on with, not ended, not held
    std::set<TrialId> blocked_;          // of held_: wait for the answer to a report whose turn has not come
    std::set<TrialId> kept_back_;        // of held_: their answer is kept back while the study is paused
    std::set<TrialId> leaving_trials_;   // of held_: told to leave
    std::deque<Arrived> enqueued_;       // configurations from outside, to be tried next
    std::optional<Arrived> paused_;      // the request for it: nothing is begun, and answers are kept back
    std::optional<TrialId> alone_;       // of held_: has the machine for itself
    std::vector<std::function<void()>> to_do_;  // once what this turn recorded is safe
    SlotTimes slot_times_;
    std::optional<EnergyShares> energy_;  // of a machine that tells
    bool exhausted_ = false;              // the searcher has nothing left until another trial pauses or ends
    // The regret bound after so many ended trials.
    std::size_t bounded_at_ = 0;
    std::optional<double> gain_bound_;
    // An interrupt's three steps: nothing is begun and what runs may end; it is told to save and leave; it
    // is left behind.
    bool finishing_ = false, leaving_ = false, abandoned_ = false;
    std::string failed_medium_;  // what a worker said of the disk that failed it: no trial's fault
    RunResult result_;
};

}  // namespace o2v::orchestrator
