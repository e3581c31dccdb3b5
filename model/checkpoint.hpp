// A training's whole state after a whole epoch, in one file.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/metrics.hpp"
#include "model/object2vec.hpp"
#include "search/study/assignment.hpp"

namespace o2v::model {

// There is no generator state: every random number comes from (seed, epoch).
struct TrainingState {
    Assignment hyperparameters;  // complete, as to_assignment gives them
    std::uint64_t seed = 0;
    std::int64_t epochs_done = 0;
    std::int64_t optimizer_steps = 0;
    Tensors parameters;
    Tensors moments;

    std::vector<double> losses;    // of the epochs so far, as early stopping saw them
    std::int64_t best_epoch = -1;  // whose parameters are kept; -1 = none yet
    double best_value = 0;         // by what it is the best
    Metrics best_metrics;          // all of that epoch
    Tensors best_parameters;       // as after best_epoch; empty when there is none
};

// One safetensors file: tensors "model/<parameter>", "moment/<moment>", "best/<parameter>" (left out when
// best_epoch is the last one: then they are the model's), all else as JSON in the metadata. Written aside,
// synced and renamed; the one before is kept beside it (data::previous_of). Throws StorageError.
void write_checkpoint(const std::string& path, const TrainingState& state);
// Throws StorageError naming the file when it is damaged or no checkpoint.
TrainingState read_checkpoint(const std::string& path);

}  // namespace o2v::model
