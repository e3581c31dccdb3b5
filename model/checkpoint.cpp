#include "model/checkpoint.hpp"

#include <nlohmann/json.hpp>

#include "model/format/config.hpp"
#include "model/json_values.hpp"
#include "model/safetensors.hpp"
#include "search/study/errors.hpp"

namespace o2v::model {
namespace {

using nlohmann::json;

constexpr const char* kFormat = "o2v-checkpoint/1";

void put(Tensors& into, const std::string& prefix, const Tensors& tensors) {
    for (const auto& [name, tensor] : tensors) into[prefix + name] = tensor;
}

Tensors take(const Tensors& from, const std::string& prefix) {
    Tensors tensors;
    for (const auto& [name, tensor] : from) {
        if (name.starts_with(prefix)) tensors[name.substr(prefix.size())] = tensor;
    }
    return tensors;
}

}  // namespace

void write_checkpoint(const std::string& path, const TrainingState& state) {
    TensorFile file;
    put(file.tensors, "model/", state.parameters);
    put(file.tensors, "moment/", state.moments);
    if (state.best_epoch + 1 != state.epochs_done) put(file.tensors, "best/", state.best_parameters);
    const json training{{"hyperparameters", to_json(state.hyperparameters)},
                        {"seed", state.seed},
                        {"epochs_done", state.epochs_done},
                        {"optimizer_steps", state.optimizer_steps},
                        {"losses", state.losses},
                        {"best_epoch", state.best_epoch},
                        {"best_value", state.best_value},
                        {"best_metrics", to_json(state.best_metrics)}};
    file.metadata = {{"format", kFormat}, {"training", training.dump()}};
    write_safetensors(path, file, data::Former::kept);
}

TrainingState read_checkpoint(const std::string& path) {
    const TensorFile file = read_safetensors(path);
    const auto format = file.metadata.find("format");
    if (format == file.metadata.end() || format->second != kFormat) {
        throw StorageError(path + ": is no " + kFormat + " file");
    }
    TrainingState state;
    try {
        const json training = json::parse(file.metadata.at("training"));
        state.hyperparameters = assignment_from_json(training.at("hyperparameters"));
        state.seed = training.at("seed").get<std::uint64_t>();
        state.epochs_done = training.at("epochs_done").get<std::int64_t>();
        state.optimizer_steps = training.at("optimizer_steps").get<std::int64_t>();
        state.losses = training.at("losses").get<std::vector<double>>();
        state.best_epoch = training.at("best_epoch").get<std::int64_t>();
        state.best_value = training.at("best_value").get<double>();
        state.best_metrics = metrics_from_json(training.at("best_metrics"));
    } catch (const std::exception& error) {
        throw StorageError(path + ": damaged: " + error.what());
    }
    state.parameters = take(file.tensors, "model/");
    state.moments = take(file.tensors, "moment/");
    const bool last_is_best = state.best_epoch >= 0 && state.best_epoch + 1 == state.epochs_done;
    state.best_parameters = last_is_best ? copy_of(state.parameters) : take(file.tensors, "best/");
    return state;
}

}  // namespace o2v::model
