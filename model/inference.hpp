// A trained model over many sequences: large batches of similar lengths, results in the order of the input.
#pragma once

#include <torch/torch.h>

#include <functional>

#include "model/data/batches.hpp"
#include "model/metrics.hpp"
#include "model/object2vec.hpp"

namespace o2v::model {

// What pairs must satisfy to be read by a model of these options.
data::Limits limits_of(const Options& options);

// [rows, outputs] on the CPU: logits or values; max_lengths as in Object2Vec::forward. Leaves the model in
// evaluation mode.
torch::Tensor outputs_of(Object2Vec& model, const data::Sequences& in0, const data::Sequences& in1,
                         const std::optional<MaxLengths>& max_lengths = std::nullopt);
// [rows, enc_dim] on the CPU. Leaves the model in evaluation mode.
torch::Tensor embeddings_of(Object2Vec& model, int side, const data::Sequences& sequences,
                            const std::optional<MaxLengths>& max_lengths = std::nullopt);
// [rows, outputs] on the CPU: what outputs_of gives for pairs with these embeddings, u [rows or 1, enc_dim]
// and v [rows, enc_dim]. Leaves the model in evaluation mode.
torch::Tensor outputs_of_embeddings(Object2Vec& model, const torch::Tensor& u, const torch::Tensor& v);
// The metrics of a labelled set, each row counted once. Leaves the model in evaluation mode. `stop` is asked
// between batches: an empty result after it said true. `outputs` gets what outputs_of() gives.
Metrics evaluate(Object2Vec& model, const data::Dataset& dataset, const std::string& prefix,
                 const std::function<bool()>& stop = {}, torch::Tensor* outputs = nullptr);

}  // namespace o2v::model
