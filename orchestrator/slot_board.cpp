#include "orchestrator/slot_board.hpp"

#include <algorithm>
#include <cstdlib>

namespace o2v::orchestrator {
namespace {

// Of "slot-2/pid-4711" 2; of another name of a worker 0.
int slot_number(const std::string& worker) {
    constexpr std::string_view kSlot = "slot-";
    return worker.starts_with(kSlot) ? std::atoi(worker.c_str() + kSlot.size()) : 0;
}

std::string slot_text(int number, const AttemptStarted& attempt) {
    std::string text = std::to_string(number) + ": " + attempt.device;
    for (std::size_t i = 0; i < attempt.cores.size(); ++i)
        text += (i > 0                       ? ","
                 : attempt.cores.size() == 1 ? ", core "
                                             : ", cores ") +
                std::to_string(attempt.cores[i]);
    return text;
}

}  // namespace

SlotBoard::Row* SlotBoard::row_of(TrialId trial) {
    for (auto& [number, row] : rows_)
        if (row.trial == trial) return &row;
    return nullptr;
}

void SlotBoard::happened(const TrialEvent& event, std::chrono::milliseconds now) {
    if (const auto* started = std::get_if<AttemptStarted>(&event)) {
        const int number = slot_number(started->worker);
        Row& row = rows_[number];
        if (row.text.empty()) row.text = slot_text(number, *started);
        row.trial = started->trial;
        row.since = now;
    } else if (std::holds_alternative<Reported>(event)) {
        if (Row* row = row_of(trial_of(event))) row->since = now;
    } else if (std::holds_alternative<Paused>(event) || std::holds_alternative<AttemptFailed>(event) ||
               std::holds_alternative<TrialEnded>(event)) {
        if (Row* row = row_of(trial_of(event))) row->trial.reset();
    }
}

std::vector<SlotStatus> SlotBoard::slots(const Study& study, std::chrono::milliseconds now) const {
    std::vector<SlotStatus> slots;
    for (const auto& [number, row] : rows_) {
        SlotStatus slot;
        slot.slot = row.text;
        if (row.trial) {
            const Trial& trial = study.trial(*row.trial);
            slot.state = SlotState::busy;
            slot.trial = trial.id;
            slot.in_epoch = std::max(std::chrono::milliseconds(0), now - row.since);
            if (!trial.curve.empty()) slot.memory_bytes = trial.curve.back().peak_memory_bytes;
        }
        slots.push_back(std::move(slot));
    }
    return slots;
}

}  // namespace o2v::orchestrator
