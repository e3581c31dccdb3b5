// The rungs of successive halving: who reached which resource, with what value.
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "search/study/study.hpp"

namespace o2v::search {

// Rung k lies at min_epochs * factor^k epochs; there is no highest. A trial is on a rung once its curve is
// that long, with the best value of these epochs, however it fares afterwards; a trial that has not reported
// the goal's metric by then is not on it. Better values stand first, NaN last, ties by trial number.
class Rungs {
  public:
    // REQUIRES: min_epochs >= 1, factor >= 2.
    Rungs(std::int64_t min_epochs, std::int64_t factor) : min_epochs_(min_epochs), factor_(factor) {}

    std::int64_t epochs_of(std::size_t rung) const;
    // The rung at exactly so many epochs; nullopt between two.
    std::optional<std::size_t> at(std::int64_t epochs) const;

    void clear() { rungs_.clear(); }
    // The trial's curve has got (again) its epoch `epoch`: brings its places up to date. O(log n) and a move
    // of memory for each rung the epoch bears on.
    void reported(const Trial& trial, std::int64_t epoch, const Goal& goal);

    std::size_t reached() const { return rungs_.size(); }  // rungs that a trial has been on
    std::size_t trials_on(std::size_t rung) const;
    std::optional<double> value_on(std::size_t rung, TrialId trial) const;
    // Trials that stand before this one. REQUIRES: it is on the rung.
    std::size_t place_on(std::size_t rung, TrialId trial, const Goal& goal) const;
    // Of these, those whose value is really better.
    std::size_t better_on(std::size_t rung, TrialId trial, const Goal& goal) const;

    struct Entry {
        double value = 0;
        TrialId trial = 0;
    };
    // The trials that have reported nothing beyond the rung, best first.
    const std::vector<Entry>& highest_here(std::size_t rung) const;

  private:
    struct Rung {
        std::vector<Entry> entries, highest_here;  // best first
        std::unordered_map<TrialId, double> values;
    };

    std::int64_t min_epochs_, factor_;
    std::vector<Rung> rungs_;
};

}  // namespace o2v::search
