#include "model/training.hpp"

#include <chrono>
#include <utility>

#include "model/data/batches.hpp"
#include "model/initializers.hpp"
#include "model/pretrained.hpp"
#include "search/study/assignment.hpp"

namespace o2v::model {
namespace {

// Streams of derive_seed below the trial's seed.
enum Stream : std::uint64_t { kInitial = 1, kBatches = 2, kDropout = 3 };

std::uint64_t epoch_seed(std::uint64_t seed, Stream stream, std::int64_t epoch) {
    return derive_seed(derive_seed(seed, stream), static_cast<std::uint64_t>(epoch));
}

constexpr std::int64_t kFiniteEvery = 100;  // batches between two looks at the loss

}  // namespace

Trainer::Trainer(const Options& options, std::uint64_t seed, const torch::Device& device,
                 std::shared_ptr<const data::Dataset> train, const std::string& auxiliary)
    : seed_(seed), train_(std::move(train)), model_(std::make_shared<Object2Vec>(options)) {
    initialize(*model_, derive_seed(seed, kInitial));
    load_pretrained(*model_, auxiliary);
    model_->to(device);
    optimizer_ = std::make_unique<OptimizerState>(*model_);
}

std::optional<EpochResult> Trainer::train_epoch(const std::function<bool()>& stop) {
    const auto started = std::chrono::steady_clock::now();
    const Options& options = model_->options();
    const torch::Device device = model_->device();
    const data::EpochBatches batches(
        *train_, {options.mini_batch_size, options.bucket_width, options.negative_sampling_rate},
        epoch_seed(seed_, kBatches, epochs_done_));
    model_->train();
    model_->dropout().seed(epoch_seed(seed_, kDropout, epochs_done_), device);

    MetricSums sums(options.output_layer, device);
    data::Batch batch;
    EpochResult result;
    for (std::int64_t i = 0; i < batches.size() && result.finite; ++i) {
        if (stop && stop()) return std::nullopt;
        batches.get(i, batch);
        const torch::Tensor labels = torch::tensor(batch.labels).to(device);
        const torch::Tensor outputs = model_->forward(batch);
        training_loss(options.output_layer, outputs, labels).backward();
        optimizer_->step();
        sums.add(outputs, labels);
        if ((i + 1) % kFiniteEvery == 0 || i + 1 == batches.size()) result.finite = sums.finite();
    }
    optimizer_->settle();
    if (result.finite) result.metrics = sums.means("train");
    result.pairs = sums.rows();
    result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
    ++epochs_done_;
    return result;
}

void Trainer::save(TrainingState& into, bool copy) const {
    into.hyperparameters = to_assignment(model_->options());
    into.seed = seed_;
    into.epochs_done = epochs_done_;
    into.optimizer_steps = optimizer_->steps();
    into.parameters = parameters_of(*model_);
    into.moments = optimizer_->moments();
    if (copy) {
        into.parameters = copy_of(into.parameters);
        into.moments = copy_of(into.moments);
    }
}

void Trainer::load(const TrainingState& state) {
    optimizer_->load(state.optimizer_steps, state.moments);
    load_parameters(*model_, state.parameters);
    epochs_done_ = state.epochs_done;
}

}  // namespace o2v::model
