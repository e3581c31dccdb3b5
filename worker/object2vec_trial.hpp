// One trial of Object2Vec, from StartTrial to its outcome.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/checkpoint.hpp"
#include "model/early_stopping.hpp"
#include "model/hyperparameters/hyperparameters.hpp"
#include "model/provenance.hpp"
#include "model/training.hpp"
#include "worker/object2vec_data.hpp"
#include "worker/object2vec_figures.hpp"
#include "worker/objective.hpp"

namespace o2v::worker {

class Object2VecTrial {
  public:
    // Reads the data and builds the model, or its state from the trial's checkpoints (restart.hpp); where
    // none is whole and of this model the trial begins anew, which ends in the same result. `provenance` goes
    // with the model. Keeps references to `trial` and `link`. Throws InputError, StorageError.
    Object2VecTrial(const protocol::StartTrial& trial, TrialLink& link, DatasetCache& cache,
                    model::Provenance provenance, const std::vector<torch::Device>& devices);

    Outcome run();

  private:
    using Clock = std::chrono::steady_clock;

    void make_trainer();
    void resume(const std::string& checkpoint, bool of_other_trial);
    // Trains, evaluates, keeps, saves and reports one epoch; an outcome when the trial is over or to be left.
    std::optional<Outcome> run_epoch();
    Goal kept_by(const Metrics& metrics) const;
    void keep(const Metrics& metrics, double value);
    // The whole epoch's state into the trial's folder, unless it is there already.
    void save_checkpoint();
    bool checkpoint_due() const;
    Outcome leave();
    std::optional<Outcome> complete();

    const protocol::StartTrial& trial_;
    TrialLink& link_;
    model::Provenance provenance_;
    std::vector<torch::Device> devices_;
    model::Options options_;
    std::shared_ptr<const data::Dataset> train_, validation_, test_;  // the last two null when absent
    std::optional<model::Trainer> trainer_;
    model::EarlyStopping early_stopping_;
    std::optional<FigureMeter> figures_;
    std::string loss_metric_;  // "validation:cross_entropy", or "train:..." without validation data

    // The last whole epoch. Its tensors are the trainer's own at an epoch's end; while the next epoch is
    // trained they are copies when that epoch is not on disk, and absent when it is.
    model::TrainingState state_;
    std::int64_t saved_epochs_ = 0;  // epochs_done of the checkpoint on disk
    Clock::time_point trained_since_;
};

}  // namespace o2v::worker
