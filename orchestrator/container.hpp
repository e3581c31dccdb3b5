// A training container by SageMaker's contract (developer guide, pages your-algorithms-training-algo*): what
// a training finds below /opt/ml, and what it leaves there.
//   input/config/hyperparameters.json   {"enc_dim": "512", ...}: all values are texts
//   input/config/inputdataconfig.json   {"train": {"ContentType": ..., "TrainingInputMode": ...}, ...}
//   input/config/resourceconfig.json    {"current_host": ..., "hosts": [...], ...}
//   input/data/CHANNEL/                 the files of train, validation, test, auxiliary
//   model/                              the trained model
//   output/failure                      why there is none, the first 1024 characters
//   checkpoints/                        where there is one, a training is continued from it
#pragma once

#include <string>
#include <vector>

#include "orchestrator/topology.hpp"
#include "orchestrator/training.hpp"

namespace o2v::orchestrator {

struct ContainerPaths {
    explicit ContainerPaths(std::string root);  // absolute or relative to the working directory

    std::string root;
    std::string hyperparameters() const { return root + "/input/config/hyperparameters.json"; }
    std::string channels() const { return root + "/input/config/inputdataconfig.json"; }
    std::string hosts() const { return root + "/input/config/resourceconfig.json"; }
    std::string channel(const std::string& name) const { return root + "/input/data/" + name; }
    std::string model() const { return root + "/model"; }
    std::string failure() const { return root + "/output/failure"; }
    std::string checkpoints() const { return root + "/checkpoints"; }
    // Of this training alone, removed before, and after unless it fails: the experiment, joined files, binary
    // forms and, without checkpoints/, the study.
    std::string scratch() const { return root + "/.o2v-tune"; }
    std::string study() const;
};

struct ContainerTraining {
    TrainingRequest request;
    std::vector<std::string> notes;
};
// Reads what lies below input/ and writes the experiment that it asks for, of a training on all cores or GPUs
// of the topology, or on `threads` of the cores. A channel of several files becomes one file of their lines,
// by name. Throws InputError with all that is wrong, StorageError.
ContainerTraining prepare_container(const ContainerPaths& paths, Topology topology,
                                    std::optional<int> threads);

// Names hyperparameters.json where problems name the experiment that was made of it.
InputError at_hyperparameters(const InputError& error, const ContainerPaths& paths);

// Puts a model's files into model/, which may be there, and be a mount. Throws StorageError.
void deliver_model(const std::string& folder, const ContainerPaths& paths);
// The best model of a training that has been interrupted, by the worker program from its last checkpoint,
// into model/. False when there is no checkpoint. Throws StorageError.
bool deliver_checkpoint(const ContainerPaths& paths);

// Writes output/failure; what is longer than 1024 characters is cut. Throws nothing: the exit code tells,
// too.
void report_failure(const std::string& why, const ContainerPaths& paths) noexcept;

}  // namespace o2v::orchestrator
