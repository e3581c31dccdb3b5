// What a person sees of a study that runs: a table of its slots and a line of its progress.
#pragma once

#include <string>
#include <vector>

#include "orchestrator/observer.hpp"
#include "orchestrator/pace.hpp"
#include "orchestrator/slot_board.hpp"

namespace o2v::orchestrator {

// Cut to so many columns, the last one "…" where something is missing. Control characters become spaces.
std::string fit(const std::string& text, int columns);

// One line a slot under a line of names: slot, trial, epochs of how many, the goal's metric as it is and at
// its best, pairs a second, memory, time since the last epoch. At most `rows` lines of `columns`: columns
// that do not fit are left out, slots that do not fit counted ("and 12 more"). Nothing for no slots or fewer
// than 3 rows.
std::vector<std::string> slot_table(const Study& study, const std::vector<SlotStatus>& slots,
                                    TerminalSize size);

// "[####------------] 9/24 trials  best 0.8123 (#7)  180 trials/h  about 2 min 00 s left": at most `columns`;
// what does not fit is left out from the least important on.
std::string progress_line(const Study& study, const RunStatus& status, const std::optional<TimeLeft>& left,
                          int columns);

class LiveView {
  public:
    explicit LiveView(const Study& study) : pace_(study) {}

    // `now` as SlotBoard has it.
    void happened(const Study& study, const TrialEvent& event, std::chrono::milliseconds now);
    void tick(const RunStatus& status) { pace_.tick(status); }
    int slots_seen() const { return board_.size(); }
    // At most `size.rows` lines of `size.columns`; the last is the progress.
    std::vector<std::string> lines(const Study& study, const RunStatus& status, std::chrono::milliseconds now,
                                   TerminalSize size) const;

  private:
    Pace pace_;
    SlotBoard board_;
};

}  // namespace o2v::orchestrator
