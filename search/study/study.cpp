#include "search/study/study.hpp"

#include <algorithm>
#include <cmath>
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

template <class Change>
void Study::change(Trial& trial, Change&& change) {
    --counts_[index_of(trial.state())];
    change();
    ++counts_[index_of(trial.state())];
}

void Study::follow(const TrialCreated& event) {
    if (event.trial != std::ssize(trials_))
        refuse("the creation of " + name_of(event.trial), "the next is " + std::to_string(trials_.size()));
    Trial trial;
    trial.id = event.trial;
    trial.params = event.params;
    trial.seed = event.seed;
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
    change(trial, [&] {
        trial.attempts.push_back({event, std::nullopt});
        trial.paused = false;
    });
}

void Study::follow(const Reported& event) {
    constexpr const char* what = "a report";
    Trial& trial = running_attempt(event, what);
    const std::int64_t epoch = event.measurement.epoch;
    if (epoch < 0 || epoch > std::ssize(trial.curve))
        refuse(what, name_of(trial.id) + " has " + std::to_string(trial.curve.size()) +
                         " epochs, and epoch " + std::to_string(epoch) + " would leave a gap");
    if (epoch == std::ssize(trial.curve))
        trial.curve.push_back(event.measurement);
    else
        trial.curve[static_cast<std::size_t>(epoch)] = event.measurement;
}

void Study::follow(const Checkpointed& event) {
    running_attempt(event, "a checkpoint").checkpoint = event.checkpoint;
}

void Study::follow(const Paused& event) {
    constexpr const char* what = "a pause";
    Trial& trial = not_ended(event.trial, what);
    if (trial.state() != TrialState::running) refuse(what, name_of(trial.id) + " is not running");
    change(trial, [&] { trial.paused = true; });
}

void Study::follow(const AttemptFailed& event) {
    Trial& trial = running_attempt(event, "the failure of an attempt");
    change(trial, [&] { trial.attempts.back().failure = Failure{event.kind, event.message}; });
}

void Study::follow(const TrialEnded& event) {
    constexpr const char* what = "the end of a trial";
    Trial& trial = not_ended(event.trial, what);
    if (std::holds_alternative<Completed>(event.ending) && trial.state() != TrialState::running)
        refuse(what, name_of(trial.id) + " is not running and cannot have completed");
    change(trial, [&] { trial.ending = event.ending; });
    ended_.push_back(trial.id);
    ended_keys_.push_back(derive_seed(ended_keys_.back(), fingerprint(trial)));
    ++ended_since_best_;
    if (std::holds_alternative<Completed>(event.ending)) note_completed(trial);
}

void Study::note_completed(const Trial& trial) {
    const auto value = trial.value(spec_.goal);
    if (!value || std::isnan(*value)) return;
    const double best_value = best_ ? *best()->value(spec_.goal) : std::nan("");
    if (better(spec_.goal, *value, best_value)) {
        best_ = trial.id;
        ended_since_best_ = 0;
    } else if (*value == best_value && trial.id < *best_) {
        best_ = trial.id;
    }
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
        double value;  // NaN when there is none
        const Trial* trial;
    };
    std::vector<Row> rows;
    rows.reserve(ended_.size());
    for (const TrialId id : ended_) {
        const Trial& ended = trial(id);
        rows.push_back({ended.state(), ended.value(spec_.goal).value_or(std::nan("")), &ended});
    }
    std::sort(rows.begin(), rows.end(), [&](const Row& a, const Row& b) {
        if (a.state != b.state) return a.state < b.state;  // completed, pruned, failed, as declared
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
