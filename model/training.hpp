// Trains one model, an epoch at a time.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/checkpoint.hpp"
#include "model/data/batches.hpp"
#include "model/data/dataset.hpp"
#include "model/data_parallel.hpp"
#include "model/metrics.hpp"
#include "model/object2vec.hpp"
#include "model/optimizer_state.hpp"

namespace o2v::model {

struct EpochResult {
    Metrics metrics;  // "train:...": means over the epoch's rows as they were trained on, dropout included
    std::int64_t pairs = 0;  // trained on, negatives counted
    double seconds = 0;
    bool finite = true;  // false: the loss was not finite and the epoch was left; metrics are then empty
};

// Everything that happens is a function of the options, the seed and the data (and of the number of threads,
// through the BLAS): batches come from derive_seed(seed, epoch), dropout masks likewise, so that a training
// resumed from the end of an epoch goes on bit for bit as the uninterrupted one.
class Trainer {
  public:
    // Initial weights from the seed; pretrained token vectors from the folder `auxiliary` where the options
    // name a file. Throws InputError (their files, negative sampling), StorageError.
    // Several devices: data-parallel, each takes its share of every batch (data_parallel.hpp); without
    // dropout the losses are those of one device but for rounding.
    Trainer(const Options& options, std::uint64_t seed, const std::vector<torch::Device>& devices,
            std::shared_ptr<const data::Dataset> train, const std::string& auxiliary = "");
    Trainer(const Options& options, std::uint64_t seed, const torch::Device& device,
            std::shared_ptr<const data::Dataset> train, const std::string& auxiliary = "")
        : Trainer(options, seed, std::vector<torch::Device>{device}, std::move(train), auxiliary) {}

    // The next epoch. `stop` is asked between batches: nullopt after it said true, when the model is in the
    // middle of an epoch and good for nothing but load().
    std::optional<EpochResult> train_epoch(const std::function<bool()>& stop = {});

    std::int64_t epochs_done() const { return epochs_done_; }
    Object2Vec& model() { return *replicas_.front().model; }
    std::uint64_t seed() const { return seed_; }

    // The trained state after the last whole epoch; `into`'s other members stay. With copy = false the
    // tensors share the trainer's memory and hold until it trains on.
    void save(TrainingState& into, bool copy) const;
    // Throws std::runtime_error when the state is of another model.
    void load(const TrainingState& state);

  private:
    struct Replica {
        std::shared_ptr<Object2Vec> model;
        std::unique_ptr<OptimizerState> optimizer;
        std::unique_ptr<Exchange> exchange;  // null when alone
    };
    // What the ranks tell each other while they train an epoch.
    class Agreement;
    void train_rank(int rank, const data::EpochBatches& batches, Agreement& agreement, MetricSums& sums);

    std::uint64_t seed_;
    std::shared_ptr<const data::Dataset> train_;
    std::vector<Replica> replicas_;
    std::int64_t epochs_done_ = 0;
};

}  // namespace o2v::model
