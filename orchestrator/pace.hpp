// How long a study will still take, from what its trials have taken so far.
#pragma once

#include <chrono>
#include <deque>
#include <optional>
#include <set>
#include <vector>

#include "orchestrator/observer.hpp"

namespace o2v::orchestrator {

struct TimeLeft {
    double seconds = 0;
    bool exact = false;  // a limit on time is what ends it; otherwise an estimate
    bool operator==(const TimeLeft&) const = default;
};

// The rest of the study is played: trials to come and those that run go on past each epoch as often as the
// last trials there did (the others were pruned, paused or at their end), with epochs as long as those of the
// last trials, a trial that runs as long as its own, on so many slots. Epochs cost what they have cost their
// slots in this run, all else included.
class Pace {
  public:
    // At a run's start, or at a study's: nothing of this run has happened yet.
    explicit Pace(const Study& study);

    void happened(const Study& study, const TrialEvent& event);  // the study already contains it
    // What is true at this moment. The slots that are busy are taken to have been so since the last call.
    void tick(const RunStatus& status);

    // Until the first of the budgets of time and trials is reached. nullopt while nothing is known: no trial
    // or epoch of this run has ended, nobody knows how long trials are, or neither budget is given.
    std::optional<TimeLeft> left(const Study& study, const RunStatus& status) const;

  private:
    struct Progress {
        std::int64_t epochs = 0;  // its own: a fork's from where it began
        enum class Kind { waiting, running, settled } kind = Kind::waiting;
    };
    // How often the last trials with so many epochs went on, and did not.
    struct Decisions {
        double went_on = 0, stayed = 0;
        double expected = 0,
               weight = 0;  // of the pruner's rule: it counts as so many, of which so many go on
    };
    void expect_rungs(const StudySpec& spec);
    Decisions& decisions(std::int64_t epochs);
    void follow(const Trial& trial);
    std::vector<double> survival(std::int64_t longest) const;
    std::optional<double> seconds_of_trials(const Study& study, const RunStatus& status) const;

    std::vector<Progress> progress_;       // by trial
    std::vector<Decisions> decisions_;     // by epochs
    std::size_t settled_ = 0;              // trials
    std::set<TrialId> open_;               // running, or waiting to go on
    std::deque<double> speeds_;            // an epoch's seconds, of the last trials to begin
    std::int64_t epochs_ = 0, ended_ = 0;  // of this run
    double busy_seconds_ = 0;              // of all slots together, in this run
    double measured_seconds_ = 0;          // of it, in epochs
    std::chrono::milliseconds last_{0};
};

}  // namespace o2v::orchestrator
