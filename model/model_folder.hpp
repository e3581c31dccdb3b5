// A trained model on disk: a folder that needs nothing else.
//   weights.safetensors  all parameters, by the names of object2vec.hpp
//   config.json          {"format": "o2v-model/1", "hyperparameters": {complete, canonical names}}
//   metrics.json         {"metrics": {"validation:accuracy": 0.81, ...}, "best_epoch": 3}
//   provenance.json      program, libraries, machine, seed, fingerprints of the data: see provenance.hpp
//   README.md            the model card
//   vocabulary0.json, vocabulary1.json, labels.json   copies of what the data came with, where it did
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "model/metrics.hpp"
#include "model/object2vec.hpp"
#include "model/provenance.hpp"

namespace o2v::model {

// Absolute paths; empty = the data has none.
struct ModelCompanions {
    std::string vocabulary0, vocabulary1, labels;
};

// Written into "<folder>.tmp", then put in place at once, where an earlier model may lie: whoever opens the
// folder finds one of the two, whole. What an earlier call left behind is removed. Throws StorageError.
void save_model(const std::string& folder, const Options& options, const Tensors& parameters,
                const Metrics& metrics, std::int64_t best_epoch, const ModelCompanions& companions,
                const Provenance& provenance = {});

// On the CPU, in evaluation mode. Throws StorageError naming the file when one is missing or damaged.
std::shared_ptr<Object2Vec> load_model(const std::string& folder);

}  // namespace o2v::model
