#include "search/rungs.hpp"

#include <algorithm>
#include <limits>

#include "search/curve.hpp"

namespace o2v::search {
namespace {

using Entries = std::vector<Rungs::Entry>;

bool before(const Goal& goal, const Rungs::Entry& a, const Rungs::Entry& b) {
    if (better(goal, a.value, b.value)) return true;
    return !better(goal, b.value, a.value) && a.trial < b.trial;
}

Entries::const_iterator place_of(const Entries& entries, const Rungs::Entry& entry, const Goal& goal) {
    return std::lower_bound(entries.begin(), entries.end(), entry,
                            [&](const Rungs::Entry& a, const Rungs::Entry& b) { return before(goal, a, b); });
}

void insert(Entries& entries, const Rungs::Entry& entry, const Goal& goal) {
    entries.insert(place_of(entries, entry, goal), entry);
}

void erase(Entries& entries, const Rungs::Entry& entry, const Goal& goal) {
    const auto found = place_of(entries, entry, goal);
    if (found != entries.end() && found->trial == entry.trial) entries.erase(found);
}

}  // namespace

std::int64_t Rungs::epochs_of(std::size_t rung) const {
    std::int64_t epochs = min_epochs_;
    for (; rung > 0; --rung) {
        if (epochs > std::numeric_limits<std::int64_t>::max() / factor_)
            return std::numeric_limits<std::int64_t>::max();
        epochs *= factor_;
    }
    return epochs;
}

std::optional<std::size_t> Rungs::at(std::int64_t epochs) const {
    std::size_t rung = 0;
    while (epochs_of(rung) < epochs) ++rung;
    return epochs_of(rung) == epochs ? std::optional(rung) : std::nullopt;
}

void Rungs::reported(const Trial& trial, std::int64_t epoch, const Goal& goal) {
    const auto length = static_cast<std::int64_t>(trial.curve.size());
    for (std::size_t k = 0; epochs_of(k) <= length; ++k) {
        if (epochs_of(k) < epoch) continue;  // neither its value nor its end
        if (k >= rungs_.size()) rungs_.resize(k + 1);
        Rung& rung = rungs_[k];
        if (const auto known = rung.values.find(trial.id); known != rung.values.end()) {
            erase(rung.entries, {known->second, trial.id}, goal);
            erase(rung.highest_here, {known->second, trial.id}, goal);
            rung.values.erase(known);
        }
        const auto value = best_of_first(epochs_of(k), trial, goal);
        if (!value) continue;
        rung.values.emplace(trial.id, *value);
        insert(rung.entries, {*value, trial.id}, goal);
        if (length == epochs_of(k)) insert(rung.highest_here, {*value, trial.id}, goal);
    }
}

std::size_t Rungs::trials_on(std::size_t rung) const {
    return rung < rungs_.size() ? rungs_[rung].entries.size() : 0;
}

std::optional<double> Rungs::value_on(std::size_t rung, TrialId trial) const {
    if (rung >= rungs_.size()) return std::nullopt;
    const auto found = rungs_[rung].values.find(trial);
    return found == rungs_[rung].values.end() ? std::nullopt : std::optional(found->second);
}

std::size_t Rungs::place_on(std::size_t rung, TrialId trial, const Goal& goal) const {
    const Entries& entries = rungs_[rung].entries;
    return static_cast<std::size_t>(place_of(entries, {rungs_[rung].values.at(trial), trial}, goal) -
                                    entries.begin());
}

std::size_t Rungs::better_on(std::size_t rung, TrialId trial, const Goal& goal) const {
    const Entries& entries = rungs_[rung].entries;
    const Entry first_equal{rungs_[rung].values.at(trial), std::numeric_limits<TrialId>::min()};
    return static_cast<std::size_t>(place_of(entries, first_equal, goal) - entries.begin());
}

const std::vector<Rungs::Entry>& Rungs::highest_here(std::size_t rung) const {
    return rungs_[rung].highest_here;
}

}  // namespace o2v::search
