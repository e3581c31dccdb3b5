#include "worker/serve/batcher.hpp"

#include <algorithm>
#include <utility>

namespace o2v::serve {
namespace {

// All jobs are of the first one's kind.
void compute(std::vector<Job>& jobs, ServiceMetrics& metrics) {
    answers::Queries together;
    const answers::Queries* queries = &jobs.front().queries;
    if (jobs.size() > 1) {
        for (const Job& job : jobs) together.append(job.queries);
        queries = &together;
    }
    Answered answered;
    try {
        answered.answers = std::make_shared<const answers::Answers>(
            answers::answer(jobs.front().model->predictor, *queries, jobs.front().max_lengths));
    } catch (...) {
        answered.error = std::current_exception();
    }
    metrics.batch_rows.add(static_cast<double>(queries->size()));
    metrics.rows += static_cast<std::uint64_t>(queries->size());
    for (Job& job : jobs) {
        answered.begin = std::exchange(answered.end, answered.end + job.queries.size());
        job.done(answered);
    }
}

}  // namespace

Batcher::Batcher(const BatcherOptions& options, ServiceMetrics& metrics)
    : options_(options), metrics_(metrics) {
    for (int i = 0; i < options.replicas; ++i) threads_.emplace_back([this] { run(); });
}

Batcher::~Batcher() {
    {
        const std::lock_guard lock(mutex_);
        closing_ = true;
    }
    changed_.notify_all();
    for (std::thread& thread : threads_) thread.join();
}

bool Batcher::submit(Job job) {
    const std::int64_t rows = job.queries.size();
    {
        const std::lock_guard lock(mutex_);
        if (!waiting_.empty() && rows_ + rows > options_.queue_rows) return false;
        job.submitted = std::chrono::steady_clock::now();
        rows_ += rows;
        waiting_.push_back(std::move(job));
        metrics_.queue_rows = rows_;
    }
    changed_.notify_one();
    return true;
}

std::vector<Job> Batcher::next(std::unique_lock<std::mutex>& lock) {
    changed_.wait(lock, [this] { return !waiting_.empty() || closing_; });
    while (!waiting_.empty() && rows_ < options_.max_batch && !closing_) {
        const auto full_at = waiting_.front().submitted + options_.delay;
        if (std::chrono::steady_clock::now() >= full_at) break;
        changed_.wait_until(lock, full_at);
    }
    std::vector<Job> jobs;
    std::int64_t rows = 0;
    while (!waiting_.empty()) {
        Job& job = waiting_.front();
        const bool fits =
            jobs.empty() || (job.model == jobs.front().model && job.max_lengths == jobs.front().max_lengths &&
                             rows + job.queries.size() <= options_.max_batch);
        if (!fits) break;
        rows += job.queries.size();
        jobs.push_back(std::move(job));
        waiting_.pop_front();
    }
    rows_ -= rows;
    metrics_.queue_rows = rows_;
    return jobs;
}

void Batcher::run() {
    for (;;) {
        std::unique_lock lock(mutex_);
        std::vector<Job> jobs = next(lock);
        const bool more = !waiting_.empty();
        const bool closed = closing_;
        lock.unlock();
        if (more) changed_.notify_one();
        if (!jobs.empty())
            compute(jobs, metrics_);
        else if (closed)
            return;
    }
}

}  // namespace o2v::serve
