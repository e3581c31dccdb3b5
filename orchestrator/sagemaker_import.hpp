// A request for SageMaker's automatic model tuning (CreateHyperParameterTuningJob) as experiment files. The
// shape of a request and what its fields mean: API reference, service model 2017-07-24, and the developer
// guide, pages automatic-model-tuning-*.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "orchestrator/topology.hpp"
#include "search/study/errors.hpp"

namespace o2v::orchestrator {

struct SageMakerImport {
    std::string folder;  // where the experiment file is to lie: paths in it are relative to that; absolute
    // What takes the place of the channels in S3, relative to the working directory; empty = a placeholder,
    // or nothing where the request has no such channel.
    std::string train, validation, test, auxiliary;
    std::string definition;            // the one to take of several TrainingJobDefinitions; empty = each
    std::vector<std::string> command;  // what trains in place of Object2Vec, for a request of another image
    Topology topology;                 // whether as many trials as are asked for fit side by side
};

struct ImportedExperiment {
    std::string definition;           // its DefinitionName; empty = the request has only one
    nlohmann::ordered_json document;  // an experiment file
    std::vector<Problem> notes;       // what has no counterpart, each with its place and what to do instead
};

// One experiment, or one for each of several TrainingJobDefinitions. An answer of
// DescribeHyperParameterTuningJob is read as well: its results are left out. `file` names it in messages.
// Throws InputError with all that is wrong, at the request's own places, and when it trains something else
// than Object2Vec and no command is given.
std::vector<ImportedExperiment> import_sagemaker(const nlohmann::json& request, const std::string& file,
                                                 const SageMakerImport& options);

}  // namespace o2v::orchestrator
