// The README.md of a model folder: for the person who finds it.
#pragma once

#include <cstdint>
#include <string>

#include "model/metrics.hpp"
#include "model/object2vec.hpp"
#include "model/provenance.hpp"

namespace o2v::model {

// What it is, its data, the hyperparameters that matter, its metrics, its tensors, how to load it from Python
// and with o2v-tune, what it is good for and what not. Markdown.
std::string model_card(const Options& options, const Tensors& parameters, const Metrics& metrics,
                       std::int64_t best_epoch, const Provenance& provenance);

}  // namespace o2v::model
