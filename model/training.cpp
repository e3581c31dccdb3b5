#include "model/training.hpp"

#include <atomic>
#include <barrier>
#include <chrono>
#include <exception>
#include <utility>

#include "model/autocast.hpp"
#include "model/data/batch_ahead.hpp"
#include "model/initializers.hpp"
#include "model/memory.hpp"
#include "model/pretrained.hpp"
#include "search/study/assignment.hpp"
#include "search/study/errors.hpp"

namespace o2v::model {
namespace {

// Streams of derive_seed below the trial's seed.
enum Stream : std::uint64_t { kInitial = 1, kBatches = 2, kDropout = 3 };

std::uint64_t epoch_seed(std::uint64_t seed, Stream stream, std::int64_t epoch) {
    return derive_seed(derive_seed(seed, stream), static_cast<std::uint64_t>(epoch));
}

// A regression's constant: the mean of what it is trained on, negatives' zeros included.
void start_at_the_mean(Object2Vec& model, const data::Dataset& train) {
    const Options& options = model.options();
    if (options.output_layer != OutputLayer::mean_squared_error || train.size() == 0) return;
    double sum = 0;
    for (const float label : train.labels) sum += label;
    const double rows =
        static_cast<double>(train.size()) * (1.0 + static_cast<double>(options.negative_sampling_rate));
    model.set_output_bias(sum / rows);
}

torch::Tensor forward(Object2Vec& model, const data::Batch& batch) {
    const Autocast autocast(model.options().precision == Precision::bfloat16);
    return model.forward(batch).to(torch::kFloat32);
}

constexpr std::int64_t kFiniteEvery = 100;  // batches between two looks at the loss

}  // namespace

// Every rank comes here before each batch; what they then do is the same for all: all train it or all leave.
class Trainer::Agreement {
  public:
    Agreement(int ranks, std::function<bool()> stop) : stop_(std::move(stop)), gate_(ranks, Decide{this}) {}

    // Rank 0 asks for the stop. False: leave.
    bool go_on(int rank) {
        if (rank == 0 && stop_ && stop_()) stopped_ = true;
        gate_.arrive_and_wait();
        return going_;
    }
    // Its forward and backward passes are behind a rank, well or not. False: leave before the exchange.
    bool done(bool well) {
        if (!well) failed_ = true;
        gate_.arrive_and_wait();
        return going_;
    }
    void not_finite() { finite_ = false; }
    // A rank that threw comes no more.
    void drop_out() {
        failed_ = true;
        gate_.arrive_and_drop();
    }

    bool stopped() const { return stopped_; }
    bool finite() const { return finite_; }

  private:
    struct Decide {
        Agreement* agreement;
        void operator()() const noexcept {
            agreement->going_ = !agreement->stopped_ && !agreement->failed_ && agreement->finite_;
        }
    };

    std::function<bool()> stop_;
    std::atomic<bool> stopped_{false}, failed_{false}, finite_{true};
    bool going_ = true;
    std::barrier<Decide> gate_;
};

Trainer::Trainer(const Options& options, std::uint64_t seed, const std::vector<torch::Device>& devices,
                 std::shared_ptr<const data::Dataset> train, const std::string& auxiliary)
    : seed_(seed), train_(std::move(train)) {
    if (options.precision == Precision::bfloat16 && devices.front().is_cpu())
        throw InputError("precision", "bfloat16", "is for training on a GPU: allowed on a CPU is float32");
    std::vector<std::unique_ptr<Exchange>> exchanges(devices.size());
    if (devices.size() > 1) exchanges = make_exchanges(devices);
    for (std::size_t rank = 0; rank < devices.size(); ++rank) {
        Replica replica;
        replica.model = std::make_shared<Object2Vec>(options);
        initialize(*replica.model, derive_seed(seed, kInitial));
        load_pretrained(*replica.model, auxiliary);
        start_at_the_mean(*replica.model, *train_);
        replica.model->to(devices[rank]);
        replica.optimizer = std::make_unique<OptimizerState>(*replica.model);
        replica.exchange = std::move(exchanges[rank]);
        replicas_.push_back(std::move(replica));
    }
}

std::optional<EpochResult> Trainer::train_epoch(const std::function<bool()>& stop) {
    const auto started = std::chrono::steady_clock::now();
    const Options& options = model().options();
    const data::EpochBatches batches(
        *train_, {options.mini_batch_size, options.bucket_width, options.negative_sampling_rate},
        epoch_seed(seed_, kBatches, epochs_done_));
    const auto ranks = static_cast<int>(replicas_.size());
    Agreement agreement(ranks, stop);
    std::vector<MetricSums> sums;
    for (const Replica& replica : replicas_) sums.emplace_back(options.output_layer, replica.model->device());
    const auto train = [&](int rank) {
        train_rank(rank, batches, agreement, sums[static_cast<std::size_t>(rank)]);
    };
    if (ranks == 1) {
        train(0);
    } else {
        run_ranks(ranks, train);
    }
    if (agreement.stopped()) return std::nullopt;
    for (std::size_t rank = 1; rank < sums.size(); ++rank) sums.front().add(sums[rank]);

    EpochResult result;
    result.finite = agreement.finite();
    if (result.finite) result.metrics = sums.front().means("train");
    result.pairs = sums.front().rows();
    result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
    ++epochs_done_;
    return result;
}

void Trainer::train_rank(int rank, const data::EpochBatches& batches, Agreement& agreement,
                         MetricSums& sums) {
    const Replica& replica = replicas_[static_cast<std::size_t>(rank)];
    const auto ranks = static_cast<int>(replicas_.size());
    Object2Vec& model = *replica.model;
    const OutputLayer output = model.options().output_layer;
    const torch::Device device = model.device();
    model.train();
    model.dropout().seed(
        derive_seed(epoch_seed(seed_, kDropout, epochs_done_), static_cast<std::uint64_t>(rank)), device);

    data::BatchAhead ahead(batches, /*in_background=*/!device.is_cpu());
    data::Batch share;
    for (std::int64_t i = 0; i < batches.size() && agreement.go_on(rank); ++i) {
        std::exception_ptr failure;
        try {
            const data::Batch& whole = ahead.next();
            if (ranks > 1) share_of(whole, rank, ranks, share);
            const data::Batch& batch = ranks > 1 ? share : whole;
            if (batch.size() > 0) {
                const torch::Tensor labels = to_device(tensor_of(batch.labels, device), device);
                const torch::Tensor outputs = forward(model, batch);
                // Of the whole batch's mean.
                const double part = static_cast<double>(batch.size()) / static_cast<double>(whole.size());
                const torch::Tensor loss = training_loss(output, outputs, labels);
                (ranks > 1 ? loss * part : loss).backward();
                sums.add(outputs, labels);
            }
            if (((i + 1) % kFiniteEvery == 0 || i + 1 == batches.size()) && !sums.finite())
                agreement.not_finite();
        } catch (...) {
            failure = std::current_exception();
        }
        const bool going = agreement.done(failure == nullptr);
        if (failure) std::rethrow_exception(failure);
        if (!going) break;
        try {
            if (replica.exchange) exchange_gradients(model, *replica.exchange);
            replica.optimizer->step();
        } catch (...) {
            agreement.drop_out();
            throw;
        }
    }
    replica.optimizer->settle();
}

void Trainer::save(TrainingState& into, bool copy) const {
    into.hyperparameters = to_assignment(replicas_.front().model->options());
    into.seed = seed_;
    into.epochs_done = epochs_done_;
    into.optimizer_steps = replicas_.front().optimizer->steps();
    into.parameters = parameters_of(*replicas_.front().model);
    into.moments = replicas_.front().optimizer->moments();
    if (copy) {
        into.parameters = copy_of(into.parameters);
        into.moments = copy_of(into.moments);
    }
}

void Trainer::load(const TrainingState& state) {
    for (const Replica& replica : replicas_) {
        replica.optimizer->load(state.optimizer_steps, state.moments);
        load_parameters(*replica.model, state.parameters);
    }
    epochs_done_ = state.epochs_done;
}

}  // namespace o2v::model
