#include "worker/object2vec_keep.hpp"

#include "model/checkpoint.hpp"
#include "model/model_folder.hpp"
#include "search/study/errors.hpp"

namespace o2v::worker {

void keep_checkpoint(const std::string& checkpoint, const std::string& output) {
    const model::TrainingState state = model::read_checkpoint(checkpoint);
    if (state.best_epoch < 0 || state.best_parameters.empty())
        throw StorageError(checkpoint + ": holds no epoch that could be kept");
    model::Provenance provenance;
    provenance.seed = state.seed;
    model::save_model(output, model::resolve(state.hyperparameters), state.best_parameters,
                      state.best_metrics, state.best_epoch, {}, provenance);
}

}  // namespace o2v::worker
