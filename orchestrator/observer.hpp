// Somebody who watches a study run: the screen, a log of JSON events.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/experiment.hpp"
#include "orchestrator/slot_times.hpp"
#include "orchestrator/storage.hpp"
#include "search/study/study.hpp"

namespace o2v::orchestrator {

// What is true at the start of a run and does not change.
struct RunHeader {
    const Experiment* experiment = nullptr;
    std::string folder;
    std::vector<std::string> slots;       // "slot 0: cpu, core 0"
    std::vector<std::string> data_lines;  // "train: 70,115 pairs"
    std::size_t trials_before = 0;        // of earlier runs
};

struct SlotStatus {
    std::string slot;  // "0: cpu, core 0"
    SlotState state = SlotState::idle;
    std::optional<TrialId> trial;
    std::optional<std::chrono::milliseconds> in_epoch;  // since the trial's last report, or its start
    std::int64_t memory_bytes = 0;                      // of its worker; 0 = not known
    bool operator==(const SlotStatus&) const = default;
};

// What is true at this moment, besides the study.
struct RunStatus {
    std::chrono::milliseconds elapsed{0};      // this run
    std::chrono::milliseconds elapsed_all{0};  // over all runs
    std::int64_t ended_this_run = 0;
    int slots = 0;
    std::optional<std::chrono::milliseconds> longest{};  // what this run may take at most, beside the budget
    std::vector<SlotStatus> each_slot{};                 // empty: an observer reads it off the events
    bool paused = false;                                 // from outside
};

class StudyObserver {
  public:
    virtual ~StudyObserver() = default;
    virtual void started(const Study&, const RunHeader&) {}
    virtual void worker_ready(const WorkerRecord&, bool /*reference_blas*/) {}
    // The study contains the event, and may contain what was recorded together with it.
    virtual void happened(const Study&, const TrialEvent&) {}
    virtual void tick(const Study&, const RunStatus&) {}  // every 200 ms or so, and after events
    virtual void note(const std::string&) {}              // a sentence for people
    virtual void finished(const Study&, const std::string& /*why*/) {}
};

struct TerminalSize {
    int columns = 80, rows = 24;
};
struct ScreenOptions {
    bool terminal = false;  // standard output is a terminal: slots and progress live, redrawn in place
    bool colour = false;
    std::function<TerminalSize()> size = [] { return TerminalSize{}; };  // asked each time it is drawn
    // Time since any fixed moment; at most every 100 ms of it something is written.
    std::function<std::chrono::milliseconds()> clock = [] {
        return std::chrono::duration_cast<std::chrono::milliseconds>(
            std::chrono::steady_clock::now().time_since_epoch());
    };
};
// What may be tried, as people read it: "0.001 to 0.1 (log)", "cnn | pool".
std::string domain_text(const Domain& domain);

// Header, one sentence per ended trial, and on a terminal a live view (live_view.hpp), where sentences are
// left out and counted when there are more than can be read; new bests are always told. Nothing of the
// terminal is changed for longer than a write.
std::unique_ptr<StudyObserver> make_screen(const ScreenOptions& options);
// One JSON object a line on standard output.
std::unique_ptr<StudyObserver> make_json_lines();

}  // namespace o2v::orchestrator
