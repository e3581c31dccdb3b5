// Rows of requests that arrive together are computed together.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "model/neighbors/index_folder.hpp"
#include "model/predictor.hpp"
#include "worker/answers/answers.hpp"
#include "worker/serve/service_metrics.hpp"

namespace o2v::serve {

// One version of a model, as long as somebody still answers with it.
struct LoadedModel {
    std::string folder;   // its own, not a link's
    std::string version;  // the folder's name
    model::Predictor predictor;
    std::optional<model::ItemIndex> items;  // for /neighbors, where there is an index
};

// Rows [begin, end) of a batch's answers, or why there are none.
struct Answered {
    std::shared_ptr<const answers::Answers> answers;
    std::int64_t begin = 0, end = 0;
    std::exception_ptr error;
};

struct Job {
    std::shared_ptr<const LoadedModel> model;
    answers::Queries queries;
    std::optional<model::MaxLengths> max_lengths;
    std::function<void(Answered)> done;  // called once, in a thread that computes; must not throw
    std::chrono::steady_clock::time_point submitted{};
};

struct BatcherOptions {
    int replicas = 1;               // threads that compute, each on its own; they share the weights
    std::int64_t max_batch = 1024;  // rows; a larger job is a batch of its own
    std::chrono::microseconds delay{0};
    std::int64_t queue_rows = 20'000;
};

// A batch is what waits when a replica becomes free, up to max_batch rows; where fewer wait, it is filled for
// `delay` after the first of them came. Jobs of one model and one max_lengths go together, in the order they
// came. May be used from several threads.
class Batcher {
  public:
    // Starts the threads.
    Batcher(const BatcherOptions& options, ServiceMetrics& metrics);
    // Answers what waits.
    ~Batcher();
    Batcher(const Batcher&) = delete;
    Batcher& operator=(const Batcher&) = delete;

    // False, with nothing done, when more rows would wait than may. A job is taken whatever its size when
    // none waits.
    bool submit(Job job);

  private:
    void run();
    std::vector<Job> next(std::unique_lock<std::mutex>& lock);

    const BatcherOptions options_;
    ServiceMetrics& metrics_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Job> waiting_;
    std::int64_t rows_ = 0;  // that wait
    bool closing_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace o2v::serve
