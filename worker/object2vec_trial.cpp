#include "worker/object2vec_trial.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <utility>

#include "model/inference.hpp"
#include "model/model_folder.hpp"
#include "search/study/errors.hpp"
#include "worker/restart.hpp"

namespace o2v::worker {
namespace {

// A state up to this size is copied while the next epoch runs, so that an interruption can still save it; a
// larger one is rather written at every epoch's end.
constexpr std::int64_t kMostCopied = std::int64_t{1} << 30;

std::int64_t bytes_of(const model::Tensors& tensors) {
    std::int64_t bytes = 0;
    for (const auto& [name, tensor] : tensors)
        bytes += tensor.numel() * static_cast<std::int64_t>(tensor.element_size());
    return bytes;
}

// VmHWM of /proc/self/status; 0 where there is none.
std::int64_t peak_memory_bytes() {
    std::ifstream status("/proc/self/status");
    for (std::string word; status >> word;) {
        std::int64_t kib = 0;
        if (word == "VmHWM:" && status >> kib) return kib * 1024;
    }
    return 0;
}

void add(Metrics& to, const model::Metrics& from) {
    to.insert(from.begin(), from.end());
}

}  // namespace

Object2VecTrial::Object2VecTrial(const protocol::StartTrial& trial, TrialLink& link, DatasetCache& cache,
                                 model::Provenance provenance, const std::vector<torch::Device>& devices)
    : trial_(trial),
      link_(link),
      provenance_(std::move(provenance)),
      devices_(devices),
      options_(model::resolve(trial.hyperparameters)),
      early_stopping_(options_.early_stopping_patience, options_.early_stopping_tolerance) {
    if (trial.data.train.empty()) throw InputError("data/train", "", "is needed to train Object2Vec");
    data::Limits limits = model::limits_of(options_);
    limits.skip_bad_lines = trial.data.skip_bad_lines;
    train_ = cache.get(trial.data.train, limits);
    if (!trial.data.validation.empty()) validation_ = cache.get(trial.data.validation, limits);
    if (!trial.data.test.empty()) test_ = cache.get(trial.data.test, limits);
    figures_.emplace(trial, options_, JudgedSets{train_.get(), validation_.get(), test_.get()},
                     [this] { return link_.stopping(); });
    loss_metric_ = validation_ ? "validation:" : "train:";
    loss_metric_ += model::loss_name(options_.output_layer);

    std::error_code error;
    std::filesystem::create_directories(trial.folder, error);
    if (error) throw storage_error(trial.folder, "cannot create", error.value());
    make_trainer();
    restart(trial, [this](const std::string& path, bool of_other) { resume(path, of_other); });
}

void Object2VecTrial::make_trainer() {
    trainer_.emplace(options_, trial_.seed, devices_, train_, trial_.data.auxiliary);
}

void Object2VecTrial::resume(const std::string& checkpoint, bool of_other_trial) {
    model::TrainingState state = model::read_checkpoint(checkpoint);
    require_on_record(trial_, checkpoint, state.epochs_done);
    Assignment then = state.hyperparameters, now = model::to_assignment(options_);
    then.erase("epochs");  // a trial may be given more of them
    now.erase("epochs");
    if (of_other_trial) {
        const auto may_differ = [](const auto& entry) { return model::may_change_in_training(entry.first); };
        std::erase_if(then, may_differ);
        std::erase_if(now, may_differ);
    }
    if (then != now || (state.seed != trial_.seed && !of_other_trial))
        throw std::runtime_error(checkpoint + ": is of other hyperparameters");
    try {
        trainer_->load(state);
    } catch (const std::runtime_error&) {
        make_trainer();  // the old one may hold half of the state
        throw;
    }
    for (const double loss : state.losses) early_stopping_.add(loss);
    saved_epochs_ = state.epochs_done;
    state_ = std::move(state);
    state_.parameters.clear();
    state_.moments.clear();
}

Outcome Object2VecTrial::run() {
    trained_since_ = Clock::now();
    while (trainer_->epochs_done() < options_.epochs && !early_stopping_.stopped()) {
        if (auto outcome = run_epoch()) return *std::move(outcome);
    }
    if (auto outcome = complete()) return *std::move(outcome);
    return leave();
}

std::optional<Outcome> Object2VecTrial::run_epoch() {
    const auto started = Clock::now();
    const auto stop = [this] { return link_.stopping(); };
    const auto trained = trainer_->train_epoch(stop);
    if (!trained) return leave();
    const std::int64_t epoch = trainer_->epochs_done() - 1;
    if (!trained->finite) {
        return Pruned{"the training loss was not finite in epoch " + std::to_string(epoch),
                      /*diverged=*/true};
    }
    Metrics metrics = trained->metrics;
    if (validation_) {
        const model::Metrics validated = figures_->of_epoch(trainer_->model());
        if (validated.empty()) return leave();
        add(metrics, validated);
    }
    const double loss = metrics.at(loss_metric_);
    if (!std::isfinite(loss)) {
        return Pruned{loss_metric_ + " was not finite in epoch " + std::to_string(epoch), /*diverged=*/true};
    }
    early_stopping_.add(loss);
    trainer_->save(state_, /*copy=*/false);
    state_.losses = early_stopping_.losses();
    const Goal goal = kept_by(metrics);
    const double value = metrics.find(goal.metric)->second;
    if (state_.best_epoch < 0 || trial_.keep == protocol::Keep::last ||
        better(goal, value, state_.best_value))
        keep(metrics, value);

    const Measurement measurement{
        epoch, metrics, std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - started),
        static_cast<double>(trained->pairs) / std::max(trained->seconds, 1e-9), peak_memory_bytes()};
    const bool more = trainer_->epochs_done() < options_.epochs && !early_stopping_.stopped();
    if (!link_.epoch_ended(measurement)) return leave();
    if (!more) return std::nullopt;
    if (checkpoint_due()) save_checkpoint();
    // Before the trainer's memory moves on.
    if (saved_epochs_ == state_.epochs_done) {
        state_.parameters.clear();
        state_.moments.clear();
    } else {
        const bool last_is_best = state_.best_epoch + 1 == state_.epochs_done;
        state_.parameters = last_is_best ? state_.best_parameters : model::copy_of(state_.parameters);
        state_.moments = model::copy_of(state_.moments);
    }
    return std::nullopt;
}

// What decides which epoch is kept: the goal when that is asked for and an epoch has such a metric, else the
// loss.
Goal Object2VecTrial::kept_by(const Metrics& metrics) const {
    const bool goal = trial_.keep == protocol::Keep::objective && metrics.contains(trial_.goal.metric);
    return goal ? trial_.goal : Goal{loss_metric_, Direction::minimize};
}

void Object2VecTrial::keep(const Metrics& metrics, double value) {
    state_.best_epoch = state_.epochs_done - 1;
    state_.best_value = value;
    state_.best_metrics = metrics;
    state_.best_parameters = model::copy_of(state_.parameters);
}

bool Object2VecTrial::checkpoint_due() const {
    const std::chrono::duration<double> trained = Clock::now() - trained_since_;
    return trained.count() >= trial_.checkpoint_seconds ||
           bytes_of(state_.parameters) + bytes_of(state_.moments) > kMostCopied;
}

void Object2VecTrial::save_checkpoint() {
    if (state_.epochs_done == saved_epochs_) return;
    const std::string path = trial_.folder + "/checkpoint.safetensors";
    model::write_checkpoint(path, state_);
    saved_epochs_ = state_.epochs_done;
    trained_since_ = Clock::now();
    link_.checkpoint_saved(state_.epochs_done - 1, path);
}

Outcome Object2VecTrial::leave() {
    if (link_.save_wanted()) save_checkpoint();
    return Stopped{};
}

// Measures and saves the kept model; nothing when the trial is to be left meanwhile.
std::optional<Outcome> Object2VecTrial::complete() {
    model::Object2Vec& kept = trainer_->model();
    const bool last_is_best = state_.best_epoch + 1 == state_.epochs_done;
    const model::Tensors last =
        last_is_best ? state_.best_parameters : model::copy_of(model::parameters_of(kept));
    model::load_parameters(kept, state_.best_parameters);
    Metrics metrics = figures_->of_kept(kept, state_.best_metrics);
    if (metrics.empty()) {
        model::load_parameters(kept, last);  // what leave() saves
        return std::nullopt;
    }
    const std::string folder = trial_.folder + "/model";
    const protocol::DataPaths& paths = trial_.data;
    model::save_model(folder, options_, model::parameters_of(kept), metrics, state_.best_epoch,
                      {paths.vocabulary0, paths.vocabulary1, paths.labels}, provenance_);
    metrics[protocol::kModelBytes] = static_cast<double>(bytes_of(state_.best_parameters));
    return Completed{metrics, state_.best_epoch, folder};
}

}  // namespace o2v::worker
