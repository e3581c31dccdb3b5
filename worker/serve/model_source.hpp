// The model that answers now, replaced when another version becomes the current one or its index is made
// anew.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "worker/serve/batcher.hpp"

namespace o2v::serve {

struct ModelSourceOptions {
    std::string path;  // a model folder, or a link to one (models/NAME/current), which may be moved
    std::string device = "cpu";
    std::string index;  // an index's folder; "" = the one in the model's folder, where there is one
    std::string mode;   // "embedding", "classification" or "": what is warmed, and lies on a GPU
    std::chrono::milliseconds look{500};  // how often the link and the index are looked at
    // Told of a version or index taken up, and of one that cannot be: the server goes on with the one before.
    std::function<void(const std::string&)> say;
};

class ModelSource {
  public:
    // Loads and warms the model. Throws as Predictor does, and as open_index() for an index that is named.
    ModelSource(ModelSourceOptions options, ServiceMetrics& metrics);
    ~ModelSource();
    ModelSource(const ModelSource&) = delete;
    ModelSource& operator=(const ModelSource&) = delete;

    std::shared_ptr<const LoadedModel> current() const;

  private:
    // What would be loaded now.
    struct Found {
        std::string folder;  // the version's; "" = there is none
        // When each index was written; the epoch for one that is not there.
        std::vector<std::filesystem::file_time_type> indexes;
        bool operator==(const Found&) const = default;
    };
    Found look() const;
    void watch(Found seen);

    const ModelSourceOptions options_;
    ServiceMetrics& metrics_;
    mutable std::mutex mutex_;
    std::condition_variable closing_changed_;
    bool closing_ = false;
    std::shared_ptr<const LoadedModel> model_;
    std::thread watcher_;
};

}  // namespace o2v::serve
