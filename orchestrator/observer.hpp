// Somebody who watches a study run: the screen, a log of JSON events.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/experiment.hpp"
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

// What is true at this moment, besides the study.
struct RunStatus {
    std::chrono::milliseconds elapsed{0};      // this run
    std::chrono::milliseconds elapsed_all{0};  // over all runs
    std::int64_t ended_this_run = 0;
    int slots = 0;
    std::optional<std::chrono::milliseconds> longest{};  // what this run may take at most, beside the budget
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

struct ScreenOptions {
    bool terminal = false;  // standard output is a terminal: a live line, redrawn in place
    bool colour = false;
    int width = 80;
};
// What may be tried, as people read it: "0.001 to 0.1 (log)", "cnn | pool".
std::string domain_text(const Domain& domain);

// Header, one sentence per ended trial, the live line (terminal only).
std::unique_ptr<StudyObserver> make_screen(const ScreenOptions& options);
// One JSON object a line on standard output.
std::unique_ptr<StudyObserver> make_json_lines();

// The live line: "[####----] 9/24  best 0.8123 (trial 7)  running 11 (epoch 3/10), 12 (epoch 1/10)  180
// trials/h  2 min left". At most `width` characters.
std::string status_line(const Study& study, const RunStatus& status, int width);

}  // namespace o2v::orchestrator
