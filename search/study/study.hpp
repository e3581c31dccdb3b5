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

struct Goal {
    std::string metric;  // "validation:accuracy"
    Direction direction = Direction::minimize;
    bool operator==(const Goal&) const = default;
};

// a better than b? NaN is worse than every number and not better than NaN.
bool better(const Goal& goal, double a, double b);

struct SearchOptions {
    std::string strategy = "random";  // a name of search/catalog.hpp
    std::uint64_t seed = 0;
    int grid_points = 5;  // values the grid takes from a float, and at most from an int
    bool operator==(const SearchOptions&) const = default;
};

struct PrunerOptions {
    std::string type = "none";  // a name of search/catalog.hpp
    int startup_trials = 5;     // completed trials before anything is pruned
    int warmup_epochs = 1;      // epochs of a trial before it may be pruned
    bool operator==(const PrunerOptions&) const = default;
};

// The study ends when the first of these is reached; all absent = a grid's or a space's end.
struct Budget {
    std::optional<std::int64_t> trials;             // created in all, over every run
    std::optional<std::chrono::milliseconds> time;  // wall time over every run
    std::optional<double> target;                   // goal value at least (at most) this good
    std::optional<std::int64_t> no_improvement;     // this many ended trials in a row without a new best
    bool operator==(const Budget&) const = default;
};

struct StudySpec {
    std::string name;
    Goal goal;
    SearchSpace space;
    Assignment fixed;  // parameters every trial gets; an Assignment's values win
    SearchOptions search;
    PrunerOptions pruner;
    Budget budget;
    bool operator==(const StudySpec&) const = default;
};

enum class TrialState { waiting, running, paused, completed, pruned, failed };
inline constexpr std::size_t kTrialStates = 6;
std::string_view to_text(TrialState state);

struct Attempt {
    AttemptStarted started;
    std::optional<Failure> failure;
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
    bool paused = false;
    std::optional<Ending> ending;

    TrialState state() const;
    // Attempts that count against the limit of repeats: those that failed by their own fault, not by an
    // interruption or a lost orchestrator.
    int counted_failures() const;
    // Completed: the kept model's metric. Otherwise the best of the curve so far (nullopt when the metric has
    // not been reported or the trial failed or diverged). NaN when nothing but NaN has been reported.
    std::optional<double> value(const Goal& goal) const;
    bool operator==(const Trial&) const = default;
};

class Study {
  public:
    explicit Study(StudySpec spec) : spec_(std::move(spec)) {}

    // The only way a study changes; O(1) but for the ended trial's own curve. Throws std::logic_error, and
    // changes nothing, on an event that cannot follow what went before: an unknown or ended trial, a trial,
    // attempt or epoch number out of order, a report, checkpoint, pause or completion without a running
    // attempt.
    void apply(const TrialEvent& event);

    const StudySpec& spec() const { return spec_; }
    const std::vector<Trial>& trials() const { return trials_; }  // index = TrialId
    const Trial& trial(TrialId id) const;                         // throws std::out_of_range
    std::size_t count(TrialState state) const;
    // Best completed trial; ties go to the lower number. Null when none has completed with a number (not
    // NaN).
    const Trial* best() const;
    // Ended trials, best first: completed by value, then pruned by value, then failed. Within each, those
    // without a value or with NaN come last, and ties go to the lower number.
    std::vector<const Trial*> ranking() const;
    // Ended trials since the best value was first reached; all ended ones when there is no best.
    std::int64_t ended_since_best() const { return ended_since_best_; }
    // Is this the assignment of one of the trials, whatever became of it?
    bool tried(const Assignment& params) const;
    // Ended trials in order of ending; it only ever grows at its end.
    const std::vector<TrialId>& ended() const { return ended_; }
    // A fingerprint of the first n ended trials (parameters, curves, endings): equal histories have equal
    // keys. What a strategy that learns from ended trials keys its cache by. REQUIRES: n <= ended().size().
    std::uint64_t ended_key(std::size_t n) const { return ended_keys_[n]; }

  private:
    void follow(const TrialCreated& event);
    void follow(const AttemptStarted& event);
    void follow(const Reported& event);
    void follow(const Checkpointed& event);
    void follow(const Paused& event);
    void follow(const AttemptFailed& event);
    void follow(const TrialEnded& event);
    template <class Event>
    Trial& running_attempt(const Event& event, const char* what);
    Trial& not_ended(TrialId id, const char* what);
    template <class Change>
    void change(Trial& trial, Change&& change);
    void note_completed(const Trial& trial);

    StudySpec spec_;
    std::vector<Trial> trials_;
    // Derived by apply() alone, so that the questions above cost nothing with 100,000 trials.
    std::vector<TrialId> ended_;
    std::vector<std::uint64_t> ended_keys_{0};  // [n]: of the first n ended trials
    std::unordered_multimap<std::uint64_t, TrialId> by_params_;
    std::array<std::size_t, kTrialStates> counts_{};
    std::optional<TrialId> best_;
    std::int64_t ended_since_best_ = 0;
};

}  // namespace o2v
