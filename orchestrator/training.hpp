// `o2v-tune train`: one training without a search. It is run as a study of one trial, so that it is recorded,
// continued and promoted as every trial is.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/metric_lines.hpp"
#include "orchestrator/run.hpp"

namespace o2v::orchestrator {

struct TrainingRequest {
    std::string file;
    std::vector<std::string> settings;  // "name=value": win over the file's fixed and searched parameters
    std::optional<std::string> out;     // default runs/<name>-train
    std::optional<std::string> as;      // name of the promoted model; default <name>-train
    std::optional<std::string> device;  // "cpu" or "cuda:N"; default: the file's first slot
    std::optional<int> threads;
    std::optional<std::uint64_t> seed;
    bool share = false;  // as RunRequest's
    bool fresh = false;  // an earlier training in the folder is set aside
    // What a person can do where the folder holds a training of another experiment.
    std::string remedy = "--fresh trains anew and keeps what is there; or use another --out";
};

// The study of one trial that a request asks for; the file's budget and pruner play no part, and a goal that
// the trial does not report is an error. Throws InputError with all that is wrong, among it every searched
// parameter without a setting, with its range.
Experiment training_experiment(const TrainingRequest& request);

// The same, with its slot leased and its data checked.
RunPlan plan_training(const TrainingRequest& request);
TrainingFacts facts_of(const RunPlan& plan);

// Trains, or continues where it was left; of a training that is complete nothing is done again. Throws as
// run_study does.
RunReport run_training(const TrainingRequest& request, const RunPlan& plan, StudyObserver& observer);

}  // namespace o2v::orchestrator
