#include "worker/serve/model_source.hpp"

#include <filesystem>
#include <utility>

#include "search/study/errors.hpp"
#include "worker/answers/items.hpp"

namespace o2v::serve {
namespace {

namespace fs = std::filesystem;

// What the link leads to now; "" when that is not there.
std::string target_of(const std::string& path) {
    std::error_code error;
    const fs::path target = fs::canonical(path, error);
    return error ? "" : target.string();
}

// The first answers are slow: memory is taken, code is loaded, a GPU sets itself up.
void warm(const model::Predictor& predictor, const std::string& mode) {
    for (const std::int64_t rows : {1, 64}) {
        data::Sequences some;
        const std::int32_t token = 1;
        for (std::int64_t i = 0; i < rows; ++i) some.append({&token, 1});
        if (mode != "embedding") predictor.scores(some, some);
        if (mode != "classification")
            for (int side : {0, 1}) predictor.embed(side, some);
    }
}

// Of in1's items, else of in0's. One that is damaged does not keep the model from answering, unless it was
// named.
std::optional<model::ItemIndex> index_of(const std::string& folder, const ModelSourceOptions& options) {
    if (!options.index.empty())
        return answers::open_index(folder, options.index, model::read_index(options.index).items.side);
    for (const int side : {1, 0}) {
        if (!fs::is_directory(answers::default_index(folder, side))) continue;
        try {
            return answers::open_index(folder, "", side);
        } catch (const std::exception& error) {
            options.say("no neighbors: " + std::string(error.what()));
        }
    }
    return std::nullopt;
}

std::shared_ptr<const LoadedModel> load(const std::string& folder, const ModelSourceOptions& options) {
    const auto resident =
        options.mode == "embedding" ? model::Resident::encoders : model::Resident::everything;
    auto loaded = std::make_shared<const LoadedModel>(
        LoadedModel{folder, fs::path(folder).filename().string(),
                    model::Predictor(folder, options.device, resident), index_of(folder, options)});
    warm(loaded->predictor, options.mode);
    return loaded;
}

}  // namespace

ModelSource::ModelSource(ModelSourceOptions options, ServiceMetrics& metrics)
    : options_(std::move(options)), metrics_(metrics) {
    const Found found = look();
    if (found.folder.empty()) throw StorageError(options_.path + ": is no folder");
    model_ = load(found.folder, options_);
    watcher_ = std::thread([this, found] { watch(found); });
}

ModelSource::~ModelSource() {
    {
        const std::lock_guard lock(mutex_);
        closing_ = true;
    }
    closing_changed_.notify_all();
    watcher_.join();
}

std::shared_ptr<const LoadedModel> ModelSource::current() const {
    const std::lock_guard lock(mutex_);
    return model_;
}

ModelSource::Found ModelSource::look() const {
    Found found{target_of(options_.path), {}};
    const auto folders = options_.index.empty() ? std::vector{answers::default_index(found.folder, 1),
                                                              answers::default_index(found.folder, 0)}
                                                : std::vector{options_.index};
    for (const std::string& folder : folders) {
        std::error_code error;
        const auto written = fs::last_write_time(folder + "/index.json", error);
        found.indexes.push_back(error ? fs::file_time_type{} : written);
    }
    return found;
}

void ModelSource::watch(Found seen) {
    std::unique_lock lock(mutex_);
    while (!closing_changed_.wait_for(lock, options_.look, [this] { return closing_; })) {
        const std::string serving = model_->folder;
        lock.unlock();
        const Found found = look();
        std::shared_ptr<const LoadedModel> loaded;
        if (!found.folder.empty() && found != seen) {
            seen = found;  // also what cannot be loaded: said once
            try {
                loaded = load(found.folder, options_);
                ++metrics_.reloads;
                options_.say(found.folder != serving
                                 ? "version " + loaded->version + " answers now (" + loaded->folder + ")"
                             : loaded->items ? "its new index answers now"
                                             : "it has no index now");
            } catch (const std::exception& error) {
                options_.say((found.folder != serving ? "a new version is left out: "
                                                      : "its new index is left out: ") +
                             std::string(error.what()));
            }
        }
        lock.lock();
        if (loaded) model_ = std::move(loaded);
    }
}

}  // namespace o2v::serve
