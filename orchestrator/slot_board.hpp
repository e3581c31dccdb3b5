// What each slot is doing, read off the events alone.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/observer.hpp"

namespace o2v::orchestrator {

class SlotBoard {
  public:
    // `now`: time since any fixed moment, the same one always.
    void happened(const TrialEvent& event, std::chrono::milliseconds now);
    // Every slot that has had a trial, by number.
    std::vector<SlotStatus> slots(const Study& study, std::chrono::milliseconds now) const;
    int size() const { return static_cast<int>(rows_.size()); }

  private:
    struct Row {
        std::string text;  // "0: cpu, core 0"
        std::optional<TrialId> trial;
        std::chrono::milliseconds since{0};  // of its epoch
    };
    Row* row_of(TrialId trial);

    std::map<int, Row> rows_;
};

}  // namespace o2v::orchestrator
