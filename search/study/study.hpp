// A study: its specification and the trials, built from events alone.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "search/study/event.hpp"
#include "search/study/search_space.hpp"

namespace o2v {

enum class Direction { minimize, maximize };
std::string_view to_text(Direction direction);  // "minimize", "maximize"
std::optional<Direction> direction_from_text(std::string_view text);

struct Goal {
    std::string metric;  // "validation:accuracy"
    Direction direction = Direction::minimize;
    bool operator==(const Goal&) const = default;
};

// a better than b? NaN is worse than every number and not better than NaN.
bool better(const Goal& goal, double a, double b);

// A bound on a metric of a completed trial, both ends included.
struct Constraint {
    std::string metric;
    std::optional<double> min = std::nullopt, max = std::nullopt;

    // How far outside; 0 inside, infinite for NaN.
    double violation(double value) const;
    bool operator==(const Constraint&) const = default;
};

struct SearchOptions {
    std::string strategy = "random";  // a name of search/catalog.hpp
    std::uint64_t seed = 0;
    int grid_points = 5;  // values the grid takes from a float, and at most from an int
    // How many trials in a row try each configuration; they differ in the seed they train with.
    int repeats = 1;
    // Population-based training: trials side by side, and epochs between two rounds of exploit and explore.
    int population = 8;
    std::int64_t interval = 1;
    std::vector<std::string> explore = {};  // parameters that a fork changes; none named = every one
    bool operator==(const SearchOptions&) const = default;
};

struct PrunerOptions {
    std::string type = "none";    // a name of search/catalog.hpp
    int startup_trials = 5;       // completed trials before anything is pruned
    int warmup_epochs = 1;        // epochs of a trial before it may be pruned
    double percentile = 25;       // percentile: the share of trials, in percent, that is good enough
    int patience = 5;             // patience: epochs in a row without an improvement
    double min_delta = 0;         // patience: what counts as one
    std::int64_t min_epochs = 1;  // asha, hyperband: epochs of the lowest rung
    std::int64_t max_epochs = 0;  // asha, hyperband: of the highest; 0 = the trial's own
    int reduction_factor = 3;     // asha, hyperband: one in so many goes on
    int brackets = 1;             // asha: how many lowest rungs trials start from, in turn
    bool stops = false;           // asha: stop at once those that are not promoted, instead of pausing them
    bool operator==(const PrunerOptions&) const = default;
};

// The study ends when the first of these is reached; all absent = a grid's or a space's end.
struct Budget {
    std::optional<std::int64_t> trials;             // created in all, over every run
    std::optional<std::chrono::milliseconds> time;  // wall time over every run
    std::optional<double> target;                   // goal value at least (at most) this good
    std::optional<std::int64_t> no_improvement;     // this many ended trials in a row without a new best
    // An upper bound on what is still to be gained, in the goal's unit, has fallen to this
    // (search/regret_bound).
    std::optional<double> expected_gain = std::nullopt;
    bool operator==(const Budget&) const = default;
};

// What another study found out about a configuration.
struct PriorTrial {
    int study = 0;      // trials of one number were measured alike
    Assignment params;  // may lack parameters of this space, or have others
    double value = 0;   // of that study's goal; NaN = failed
    bool operator==(const PriorTrial&) const = default;
};
// SageMaker's two kinds of warm start: the same data and objective, so that values compare with this study's;
// or others, of which only the order counts.
enum class WarmStart { identical, transfer };

struct StudySpec {
    std::string name;
    Goal goal;
    SearchSpace space;
    Assignment fixed;  // parameters every trial gets; an Assignment's values win
    SearchOptions search;
    PrunerOptions pruner;
    Budget budget;
    std::vector<Goal> more_goals = {};  // with them the study looks for the Pareto front; `goal` is the first
    std::vector<Constraint> constraints = {};
    std::vector<Assignment> enqueued = {};  // configurations to try first, in order; each complete
    std::vector<PriorTrial> prior = {};
    WarmStart warm_start = WarmStart::identical;
    bool operator==(const StudySpec&) const = default;
};

// The epochs that a trial of these parameters is to run: its "epochs", if need be of the fixed parameters;
// nullopt when it is not told.
std::optional<std::int64_t> planned_epochs(const StudySpec& spec, const Assignment& params);

enum class TrialState { waiting, running, paused, completed, pruned, failed };
inline constexpr std::size_t kTrialStates = 6;
std::string_view to_text(TrialState state);

struct Attempt {
    AttemptStarted started;
    std::optional<Failure> failure;
    std::int64_t epochs = 0;  // of the trial's curve when it failed
    bool operator==(const Attempt&) const = default;
};

// State is read off the facts and never stored beside them.
struct Trial {
    TrialId id = 0;
    Assignment params;
    std::uint64_t seed = 0;
    std::vector<Attempt> attempts;
    std::vector<Measurement> curve;  // by epoch, without gaps or repeats: a repeated epoch replaces
    std::optional<Checkpoint> checkpoint;
    std::optional<std::string> pausing = {};  // why it has been told to save and leave
    bool paused = false;
    bool resumed = false;  // after a pause, and not started again yet
    std::int64_t pauses = 0;
    std::optional<Ending> ending;
    std::string why = {};
    std::optional<Fork> fork = std::nullopt;

    TrialState state() const;
    // Takes the facts of an event of this trial over, unchecked; Study::apply() checks.
    void follow(const TrialEvent& event);
    // Attempts that failed by their own fault, not by an interruption or a lost orchestrator.
    int counted_failures() const;
    // Those of them that came no further than the curve is now.
    int failures_without_progress() const;
    // Completed: the kept model's metric. Otherwise the best of the curve so far (nullopt when the metric has
    // not been reported or the trial failed or diverged). NaN when nothing but NaN has been reported.
    std::optional<double> value(const Goal& goal) const;
    bool operator==(const Trial&) const = default;
};

struct ReportedEpoch {
    TrialId trial = 0;
    std::int64_t epoch = 0;
    std::uint64_t key = 0;  // Study::reports_key() up to and with this one
};

class Study {
  public:
    explicit Study(StudySpec spec) : spec_(std::move(spec)) {}

    // The only way a study changes; O(1) but for the ended trial's own curve. Throws std::logic_error, and
    // changes nothing, on an event that cannot follow what went before: an unknown or ended trial, a trial,
    // attempt or epoch number out of order, a report, checkpoint, pause or completion without a running
    // attempt, a trial gone on with that is not paused.
    void apply(const TrialEvent& event);

    const StudySpec& spec() const { return spec_; }
    const std::vector<Trial>& trials() const { return trials_; }  // index = TrialId
    const Trial& trial(TrialId id) const;                         // throws std::out_of_range
    std::size_t count(TrialState state) const;
    // All goals, the first one first.
    std::vector<Goal> goals() const;
    // What the goals and constraints are about, each once, the first goal's first.
    std::vector<std::string> judged_metrics() const;
    // Sum over the constraints of how far the trial's final metrics are outside; infinite when one is missing
    // or the trial has not completed. 0 without constraints.
    double violation(const Trial& trial) const;
    // Completed and within every constraint?
    bool feasible(const Trial& trial) const;
    // Best feasible trial by the first goal; ties go to the lower number. Null when none has completed with a
    // number (not NaN).
    const Trial* best() const;
    // Feasible trials that no other feasible one dominates (as good in every goal and better in one), in
    // order of completion; of equals the first. Trials with NaN or without one of the goals' metrics are left
    // out.
    const std::vector<TrialId>& pareto_front() const { return front_; }
    // Ended trials, best first: feasible by value of the first goal, then completed but infeasible by
    // violation, then pruned by value, then failed. Within each, those without a value or with NaN come last,
    // and ties go to the lower number.
    std::vector<const Trial*> ranking() const;
    // Ended trials since the best value was first reached (with several goals: since the front last changed);
    // all ended ones when there is no best.
    std::int64_t ended_since_best() const { return ended_since_best_; }
    // Is this the assignment of one of the trials, whatever became of it?
    bool tried(const Assignment& params) const;
    // Ended trials in order of ending; it only ever grows at its end.
    const std::vector<TrialId>& ended() const { return ended_; }
    // A fingerprint of the first n ended trials (parameters, curves, endings): equal histories have equal
    // keys. What a strategy that learns from ended trials keys its cache by. REQUIRES: n <= ended().size().
    std::uint64_t ended_key(std::size_t n) const { return ended_keys_[n]; }
    // Every epoch that a curve got, repeated ones and those of a fork's parent included, in order of arrival;
    // it only ever grows at its end.
    const std::vector<ReportedEpoch>& reports() const { return reports_; }
    // A fingerprint of the first n reports with their metrics, as ended_key() is of ended trials. REQUIRES: n
    // <= reports().size().
    std::uint64_t reports_key(std::size_t n) const { return n == 0 ? 0 : reports_[n - 1].key; }

  private:
    void follow(const TrialCreated& event);
    void follow(const AttemptStarted& event);
    void follow(const Reported& event);
    void follow(const Checkpointed& event);
    void follow(const Pausing& event);
    void follow(const Paused& event);
    void follow(const Resumed& event);
    void follow(const AttemptFailed& event);
    void follow(const TrialEnded& event);
    template <class Event>
    Trial& running_attempt(const Event& event, const char* what);
    Trial& not_ended(TrialId id, const char* what);
    void change(Trial& trial, const TrialEvent& event);
    void note_report(TrialId trial, const Measurement& measurement);
    void note_completed(const Trial& trial);
    bool joins_front(const Trial& trial);

    StudySpec spec_;
    std::vector<Trial> trials_;
    // Derived by apply() alone, so that the questions above cost nothing with 100,000 trials.
    std::vector<TrialId> ended_;
    std::vector<std::uint64_t> ended_keys_{0};  // [n]: of the first n ended trials
    std::vector<ReportedEpoch> reports_;
    std::unordered_multimap<std::uint64_t, TrialId> by_params_;
    std::array<std::size_t, kTrialStates> counts_{};
    std::optional<TrialId> best_;
    std::vector<TrialId> front_;
    std::int64_t ended_since_best_ = 0;
};

}  // namespace o2v
