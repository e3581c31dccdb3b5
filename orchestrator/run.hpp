// `o2v-tune run`: from an experiment to a study that has been run and, where asked for, a promoted model.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/data_check.hpp"
#include "orchestrator/experiment.hpp"
#include "orchestrator/observer.hpp"
#include "orchestrator/registry.hpp"
#include "orchestrator/slot_locks.hpp"
#include "orchestrator/tuner.hpp"

namespace o2v::orchestrator {

struct RunRequest {
    std::string file;
    std::optional<std::string> out;  // default runs/<name>
    std::optional<std::int64_t> max_trials;
    std::optional<std::chrono::milliseconds> max_time;
    std::optional<int> slots;
    // In place of the file's, to compare searches on one experiment: the study is then called NAME-STRATEGY,
    // NAME-SEED or NAME-STRATEGY-SEED.
    std::optional<std::string> strategy;
    std::optional<std::int64_t> seed;
    bool extend = false;
    bool interrupt_finishes = true;  // a first Ctrl-C lets running trials end; otherwise they save and leave
    bool share = false;              // take cores and GPUs that other runs hold
    // Said when the folder holds a study of another experiment: what a person may do.
    std::string remedy =
        "use another --out or name, or --extend when only the budget, the space or what is enqueued has "
        "changed";
};

// Everything that is known before anything is started or written.
struct RunPlan {
    Experiment experiment;
    RunFolder folder;
    Topology topology;
    std::vector<Slot> slots;  // as they are when no other run is in the way
    DataReport data;
    std::vector<std::string> notes;  // for people: what is given but has no effect
};
// Throws InputError with all that is wrong.
RunPlan plan_run(const RunRequest& request);
// The same for an experiment that has been read; `out` as RunRequest's.
RunPlan make_plan(Experiment experiment, const std::optional<std::string>& out);

struct RunReport {
    RunResult result;
    Study study;
    std::optional<PromotedModel> promoted;
    std::string not_promoted;  // why the model asked for was not promoted; "" when it was, or none was asked
};
// Runs or continues the study; of one that is complete no worker is started. Throws InputError when the
// folder holds a study of another experiment (with the difference), StorageError when it is being run
// already, other runs hold the cores and GPUs that it needs, or a medium fails.
RunReport run_study(const RunRequest& request, const RunPlan& plan, StudyObserver& observer);

}  // namespace o2v::orchestrator
