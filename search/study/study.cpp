#include "search/study/study.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "search/study/fingerprint.hpp"

namespace o2v {
namespace {

[[noreturn]] void refuse(const std::string& what, const std::string& why) {
    throw std::logic_error(what + " cannot follow: " + why);
}

std::string name_of(TrialId id) {
    return "trial " + std::to_string(id);
}

std::size_t index_of(TrialState state) {
    return static_cast<std::size_t>(state);
}

}  // namespace

void Study::apply(const TrialEvent& event) {
    std::visit([this](const auto& e) { follow(e); }, event);
}

// The trial, when it exists and goes on.
Trial& Study::not_ended(TrialId id, const char* what) {
    if (id < 0 || id >= std::ssize(trials_)) refuse(what, "there is no " + name_of(id));
    Trial& trial = trials_[static_cast<std::size_t>(id)];
    if (trial.ending) refuse(what, name_of(id) + " has ended");
    return trial;
}

// The trial, when the event's attempt is the one it is in.
template <class Event>
Trial& Study::running_attempt(const Event& event, const char* what) {
    Trial& trial = not_ended(event.trial, what);
    if (trial.state() != TrialState::running) refuse(what, name_of(trial.id) + " is not running");
    if (event.attempt != std::ssize(trial.attempts))
        refuse(what, name_of(trial.id) + " is in attempt " + std::to_string(trial.attempts.size()) +
                         ", not " + std::to_string(event.attempt));
    return trial;
}

void Study::change(Trial& trial, const TrialEvent& event) {
    --counts_[index_of(trial.state())];
    trial.follow(event);
    ++counts_[index_of(trial.state())];
}

void Study::follow(const TrialCreated& event) {
    if (event.trial != std::ssize(trials_))
        refuse("the creation of " + name_of(event.trial), "the next is " + std::to_string(trials_.size()));
    Trial trial;
    trial.follow(event);
    if (event.fork) {
        if (event.fork->parent < 0 || event.fork->parent >= event.trial)
            refuse("a fork of " + name_of(event.fork->parent), "there is no such trial");
        const Trial& parent = this->trial(event.fork->parent);
        const auto kept = event.fork->epoch + 1;
        if (kept < 1 || kept > std::ssize(parent.curve))
            refuse("a fork after epoch " + std::to_string(event.fork->epoch),
                   name_of(parent.id) + " has " + std::to_string(parent.curve.size()) + " epochs");
        trial.curve.assign(parent.curve.begin(), parent.curve.begin() + kept);
        for (const Measurement& measurement : trial.curve) note_report(trial.id, measurement);
    }
    by_params_.emplace(fingerprint(trial.params), trial.id);
    trials_.push_back(std::move(trial));
    ++counts_[index_of(TrialState::waiting)];
}

void Study::follow(const AttemptStarted& event) {
    constexpr const char* what = "the start of an attempt";
    Trial& trial = not_ended(event.trial, what);
    if (trial.state() == TrialState::running) refuse(what, name_of(trial.id) + " is running already");
    if (event.attempt != std::ssize(trial.attempts) + 1)
        refuse(what, "the next attempt of " + name_of(trial.id) + " is " +
                         std::to_string(trial.attempts.size() + 1) + ", not " +
                         std::to_string(event.attempt));
    change(trial, event);
}

void Study::follow(const Reported& event) {
    constexpr const char* what = "a report";
    Trial& trial = running_attempt(event, what);
    const std::int64_t epoch = event.measurement.epoch;
    if (epoch < 0 || epoch > std::ssize(trial.curve))
        refuse(what, name_of(trial.id) + " has " + std::to_string(trial.curve.size()) +
                         " epochs, and epoch " + std::to_string(epoch) + " would leave a gap");
    trial.follow(event);
    note_report(trial.id, event.measurement);
}

void Study::follow(const Checkpointed& event) {
    running_attempt(event, "a checkpoint").follow(event);
}

void Study::follow(const Pausing& event) {
    constexpr const char* what = "a pause";
    Trial& trial = not_ended(event.trial, what);
    if (trial.curve.empty() || trial.paused) refuse(what, name_of(trial.id) + " has nothing to pause after");
    trial.follow(event);
}

void Study::follow(const Paused& event) {
    constexpr const char* what = "a pause";
    Trial& trial = not_ended(event.trial, what);
    if (trial.state() != TrialState::running && !trial.pausing)
        refuse(what, name_of(trial.id) + " is not running");
    change(trial, event);
}

void Study::follow(const Resumed& event) {
    constexpr const char* what = "going on";
    Trial& trial = not_ended(event.trial, what);
    if (!trial.paused) refuse(what, name_of(trial.id) + " is not paused");
    change(trial, event);
}

void Study::follow(const AttemptFailed& event) {
    change(running_attempt(event, "the failure of an attempt"), event);
}

void Study::follow(const TrialEnded& event) {
    constexpr const char* what = "the end of a trial";
    Trial& trial = not_ended(event.trial, what);
    if (std::holds_alternative<Completed>(event.ending) && trial.state() != TrialState::running)
        refuse(what, name_of(trial.id) + " is not running and cannot have completed");
    change(trial, event);
    ended_.push_back(trial.id);
    ended_keys_.push_back(derive_seed(ended_keys_.back(), fingerprint(trial)));
    ++ended_since_best_;
    if (std::holds_alternative<Completed>(event.ending)) note_completed(trial);
}

void Study::note_report(TrialId trial, const Measurement& measurement) {
    const std::uint64_t key = derive_seed(reports_key(reports_.size()), fingerprint(trial, measurement));
    reports_.push_back({trial, measurement.epoch, key});
}

void Study::note_completed(const Trial& trial) {
    const auto value = trial.value(spec_.goal);
    if (!value || std::isnan(*value) || !feasible(trial)) return;
    const bool front_changed = joins_front(trial);
    const double best_value = best_ ? *best()->value(spec_.goal) : std::nan("");
    if (better(spec_.goal, *value, best_value)) {
        best_ = trial.id;
        ended_since_best_ = 0;
    } else if (*value == best_value && trial.id < *best_) {
        best_ = trial.id;
    }
    if (front_changed && !spec_.more_goals.empty()) ended_since_best_ = 0;
}

// Takes the trial into the front, and those it dominates out. False when it does not belong there.
bool Study::joins_front(const Trial& trial) {
    const std::vector<Goal> all = goals();
    const auto values_of = [&](const Trial& one) {
        std::vector<double> values;
        for (const Goal& goal : all) values.push_back(one.value(goal).value_or(std::nan("")));
        return values;
    };
    const auto as_good = [&](const std::vector<double>& a, const std::vector<double>& b) {
        for (std::size_t i = 0; i < all.size(); ++i)
            if (better(all[i], b[i], a[i])) return false;
        return true;
    };
    const std::vector<double> own = values_of(trial);
    if (std::any_of(own.begin(), own.end(), [](double v) { return std::isnan(v); })) return false;
    for (const TrialId id : front_)
        if (as_good(values_of(this->trial(id)), own)) return false;
    std::erase_if(front_, [&](TrialId id) { return as_good(own, values_of(this->trial(id))); });
    front_.push_back(trial.id);
    return true;
}

std::vector<Goal> Study::goals() const {
    std::vector<Goal> all{spec_.goal};
    all.insert(all.end(), spec_.more_goals.begin(), spec_.more_goals.end());
    return all;
}

std::vector<std::string> Study::judged_metrics() const {
    std::vector<std::string> metrics;
    const auto add = [&](const std::string& metric) {
        if (std::find(metrics.begin(), metrics.end(), metric) == metrics.end()) metrics.push_back(metric);
    };
    for (const Goal& goal : goals()) add(goal.metric);
    for (const Constraint& constraint : spec_.constraints) add(constraint.metric);
    return metrics;
}

double Study::violation(const Trial& trial) const {
    constexpr double infinite = std::numeric_limits<double>::infinity();
    const auto* completed = trial.ending ? std::get_if<Completed>(&*trial.ending) : nullptr;
    double sum = 0;
    for (const Constraint& constraint : spec_.constraints) {
        if (!completed) return infinite;
        const auto found = completed->metrics.find(constraint.metric);
        sum += found == completed->metrics.end() ? infinite : constraint.violation(found->second);
    }
    return sum;
}

bool Study::feasible(const Trial& trial) const {
    return trial.state() == TrialState::completed && violation(trial) == 0;
}

const Trial& Study::trial(TrialId id) const {
    if (id < 0 || id >= std::ssize(trials_)) throw std::out_of_range("there is no " + name_of(id));
    return trials_[static_cast<std::size_t>(id)];
}

std::size_t Study::count(TrialState state) const {
    return counts_[index_of(state)];
}

const Trial* Study::best() const {
    return best_ ? &trial(*best_) : nullptr;
}

std::vector<const Trial*> Study::ranking() const {
    struct Row {
        TrialState state;
        double violation;  // of completed trials
        double value;      // NaN when there is none
        const Trial* trial;
    };
    std::vector<Row> rows;
    rows.reserve(ended_.size());
    for (const TrialId id : ended_) {
        const Trial& ended = trial(id);
        const TrialState state = ended.state();
        rows.push_back({state, state == TrialState::completed ? violation(ended) : 0,
                        ended.value(spec_.goal).value_or(std::nan("")), &ended});
    }
    std::sort(rows.begin(), rows.end(), [&](const Row& a, const Row& b) {
        if (a.state != b.state) return a.state < b.state;  // completed, pruned, failed, as declared
        if (a.violation != b.violation) return a.violation < b.violation;
        if (better(spec_.goal, a.value, b.value)) return true;
        return !better(spec_.goal, b.value, a.value) && a.trial->id < b.trial->id;
    });
    std::vector<const Trial*> ranked;
    ranked.reserve(rows.size());
    for (const Row& row : rows) ranked.push_back(row.trial);
    return ranked;
}

bool Study::tried(const Assignment& params) const {
    const auto [first, last] = by_params_.equal_range(fingerprint(params));
    return std::any_of(first, last, [&](const auto& entry) { return trial(entry.second).params == params; });
}

}  // namespace o2v
