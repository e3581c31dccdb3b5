#include "model/model_folder.hpp"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "model/data/durable_file.hpp"
#include "model/format/config.hpp"
#include "model/json_values.hpp"
#include "model/model_card.hpp"
#include "model/safetensors.hpp"
#include "search/study/errors.hpp"

namespace o2v::model {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

void write_files(const std::string& folder, const Options& options, const Tensors& parameters,
                 const Metrics& metrics, std::int64_t best_epoch, const ModelCompanions& companions,
                 const Provenance& provenance) {
    write_safetensors(folder + "/weights.safetensors", {parameters, {{"format", kModelFormat}}});
    data::write_durably(folder + "/config.json", config_text(options));
    const json measured{{"metrics", to_json(metrics)}, {"best_epoch", best_epoch}};
    data::write_durably(folder + "/metrics.json", measured.dump(2) + '\n');
    data::write_durably(folder + "/provenance.json",
                        to_json(provenance).dump(2, ' ', false, json::error_handler_t::replace) + '\n');
    data::write_durably(folder + "/README.md",
                        model_card(options, parameters, metrics, best_epoch, provenance));
    const auto copy = [&](const std::string& from, const char* name) {
        if (!from.empty()) data::write_durably(folder + '/' + name, data::read_whole(from));
    };
    copy(companions.vocabulary0, "vocabulary0.json");
    copy(companions.vocabulary1, "vocabulary1.json");
    copy(companions.labels, "labels.json");
}

Options read_config(const std::string& path) {
    const std::string text = data::read_whole(path);
    try {
        return parse_config(text);
    } catch (const std::runtime_error& error) {
        throw StorageError(path + ": " + error.what());
    }
}

// Before memory is taken for it: the tables, nearly all of a model, must be as large as config.json says.
void check_tables(const Options& options, const Tensors& tensors, const std::string& weights) {
    const auto check = [&](const std::string& name, int side) {
        const auto found = tensors.find(name);
        const EncoderOptions& enc = options.enc[side];
        if (found == tensors.end() ||
            found->second.sizes() != torch::IntArrayRef({enc.vocab_size, enc.token_embedding_dim}))
            throw StorageError(weights + ": does not fit config.json: " + name +
                               " is missing or of another shape");
    };
    if (options.tied_token_embedding_weight) return check("embed_shared.weight", 0);
    check("embed_0.weight", 0);
    check("embed_1.weight", 1);
}

}  // namespace

void save_model(const std::string& folder, const Options& options, const Tensors& parameters,
                const Metrics& metrics, std::int64_t best_epoch, const ModelCompanions& companions,
                const Provenance& provenance) {
    const std::string aside = folder + ".tmp";
    try {
        fs::remove_all(aside);
        fs::create_directories(aside);
    } catch (const fs::filesystem_error& error) {
        throw StorageError(folder + ": cannot write: " + error.code().message());
    }
    write_files(aside, options, parameters, metrics, best_epoch, companions, provenance);
    data::replace_folder(aside, folder);
}

std::shared_ptr<Object2Vec> load_model(const std::string& folder) {
    if (!fs::is_directory(folder)) throw StorageError(folder + ": is no folder");
    const Options options = read_config(folder + "/config.json");
    const std::string weights = folder + "/weights.safetensors";
    const TensorFile file = read_safetensors(weights);
    check_tables(options, file.tensors, weights);
    try {
        const auto model = std::make_shared<Object2Vec>(options);
        load_parameters(*model, file.tensors);
        model->eval();
        return model;
    } catch (const c10::Error& error) {  // no memory for what config.json asks for
        throw StorageError(folder + "/config.json: " + error.what_without_backtrace());
    } catch (const std::runtime_error& error) {
        throw StorageError(weights + ": does not fit config.json: " + error.what());
    }
}

}  // namespace o2v::model
