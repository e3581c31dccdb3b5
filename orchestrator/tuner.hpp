// The loop: start as much as is allowed; wait for one thing to happen; record; react.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "orchestrator/executor.hpp"
#include "orchestrator/experiment.hpp"
#include "orchestrator/observer.hpp"
#include "orchestrator/storage.hpp"
#include "search/pruner.hpp"
#include "search/searcher.hpp"
#include "search/study/study.hpp"

namespace o2v::orchestrator {

// Attempts of a trial that may fail by its own fault (crash, time-out) before the trial is failed.
inline constexpr int kMaxFailures = 3;
// Of these, attempts that may run out of memory.
inline constexpr int kMaxOutOfMemory = 2;
// A study whose first trials all fail ends after this many.
inline constexpr int kFailuresToGiveUp = 5;

// The seed of the generator with which trial `trial` of a study is suggested.
std::uint64_t suggestion_seed(const StudySpec& spec, TrialId trial);

// All a worker needs to train the trial from its beginning, in this folder.
protocol::StartTrial order_of(const Experiment& experiment, const Trial& trial, const std::string& folder);

enum class RunEnd { done, interrupted, only_failures };

struct RunResult {
    RunEnd end = RunEnd::done;
    std::string why;  // a sentence: which budget was reached, or what every trial failed with
};

struct TunerOptions {
    std::string folder;  // the study's, absolute; paths in events are relative to it
    // Limits of this run alone, on top of the study's budget.
    std::optional<std::int64_t> max_trials;  // created in all
    std::optional<std::chrono::milliseconds> max_time;
    double checkpoint_seconds = 10;
};

class Tuner {
  public:
    // Does not own its parts. `study` is what storage.load() gave.
    Tuner(const Experiment& experiment, Study& study, Storage& storage, const search::Searcher& searcher,
          const search::Pruner& pruner, Executor& executor, StudyObserver& observer, TunerOptions options);

    // Runs until a budget is reached, the searcher has nothing left, or an interrupt; every event is recorded
    // before it is acted on. Throws StorageError: what was recorded until then is safe.
    RunResult run();

    // Called with each trial that has ended, after it is recorded.
    std::function<void(TrialId)> on_trial_ended;

  private:
    void settle_earlier_runs();
    void fill_slots();
    std::optional<TrialId> next_trial();
    std::optional<TrialId> create_trial();
    void retire_paused();
    void copy_checkpoint(const Fork& fork, TrialId id);
    std::string trial_folder(TrialId id) const;
    std::string forked_checkpoint(TrialId id) const;
    void launch(int slot, TrialId trial);
    protocol::StartTrial order_for(const Trial& trial, int attempt) const;
    void handle(const std::vector<Happening>& happenings);
    void judge(const std::vector<Reported>& reports);
    void record(const std::vector<TrialEvent>& events);
    // The event a worker's word becomes; nullopt for what changes nothing (a pruned trial that has left).
    std::optional<TrialEvent> event_of(const protocol::Up& message) const;
    TrialEvent completed_event(const protocol::TrialCompleted& done) const;
    // After a failed attempt: the trial's end, when it may not be repeated.
    std::optional<TrialEvent> verdict_on_failures(const Trial& trial) const;
    std::string relative(const std::string& path) const;

    std::optional<std::string> why_no_new_trials();
    bool ends_for_good() const;
    std::optional<RunResult> why_leave() const;
    void leave(RunResult result);
    void interrupt();
    void observe_time();
    RunStatus status() const;

    const Experiment& experiment_;
    Study& study_;
    Storage& storage_;
    const search::Searcher& searcher_;
    const search::Pruner& pruner_;
    Executor& executor_;
    StudyObserver& observer_;
    TunerOptions options_;

    TimePoint started_;
    std::chrono::milliseconds earlier_{0};
    std::int64_t ended_this_run_ = 0;
    std::set<TrialId>
        held_;  // given to the executor and not yet answered for, ended ones that are leaving included
    std::set<TrialId> waiting_;               // created, not ended, not held: to be continued before new ones
    std::map<TrialId, std::string> pausing_;  // of held_: told to save and leave, and why
    bool exhausted_ = false;  // the searcher has nothing left until another trial pauses or ends
    // The regret bound after so many ended trials.
    std::size_t bounded_at_ = 0;
    std::optional<double> gain_bound_;
    bool leaving_ = false;  // nothing new is started
    int interrupts_ = 0;
    RunResult result_;
};

}  // namespace o2v::orchestrator
