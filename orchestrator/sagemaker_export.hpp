// A study as SageMaker describes a tuning job: the answer of DescribeHyperParameterTuningJob, and with it the
// summaries that ListTrainingJobsForHyperParameterTuningJob gives. Shape: API reference, service model
// 2017-07-24. What only the cloud has (ARNs, roles) is left out rather than invented; the image is a name
// alone, and data are file:// URIs.
#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "orchestrator/experiment.hpp"
#include "orchestrator/run_folder.hpp"
#include "orchestrator/study_tail.hpp"
#include "search/study/errors.hpp"

namespace o2v::orchestrator {

struct RecordedStudy {
    Experiment experiment;
    Study study;  // what `events` make
    std::vector<TimedEvent> events;
    std::vector<TimedRun> runs;
    bool running = false;  // a process works on it
};
// Throws StorageError.
RecordedStudy record_of(const RunFolder& folder);

struct TuningJob {
    nlohmann::ordered_json description;
    std::vector<Problem> notes;  // what of the experiment has no counterpart there
};
TuningJob describe_tuning_job(const RecordedStudy& recorded);

// The request's part of it: HyperParameterTuningJobName, HyperParameterTuningJobConfig, TrainingJobDefinition
// and, where there is one, WarmStartConfig. import_sagemaker() makes the same experiment of what has a field
// there. `parallel`: how many trials run side by side where the experiment leaves that to the machine.
TuningJob tuning_request_of(const Experiment& experiment, int parallel);

// "My_study.2" -> "My-study-2", at most 32 letters: what SageMaker takes as a tuning job's name.
std::string tuning_job_name(const std::string& study);
// The same of a study that another begins with: "runs/parent/study.db" -> "parent".
std::string parent_job_name(const std::string& study);

}  // namespace o2v::orchestrator
