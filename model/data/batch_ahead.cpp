#include "model/data/batch_ahead.hpp"

#include <utility>

namespace o2v::data {

BatchAhead::BatchAhead(const EpochBatches& batches, bool in_background) : batches_(batches) {
    if (in_background) thread_ = std::thread([this] { assemble(); });
}

BatchAhead::~BatchAhead() {
    {
        const std::lock_guard lock(mutex_);
        leave_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void BatchAhead::assemble() {
    Batch batch;
    for (std::int64_t i = 0; i < batches_.size(); ++i) {
        std::exception_ptr failure;
        try {
            batches_.get(i, batch);
        } catch (...) {
            failure = std::current_exception();
        }
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return !full_ || leave_; });
        if (leave_) return;
        std::swap(batch, ready_);
        failure_ = failure;
        full_ = true;
        lock.unlock();
        changed_.notify_all();
        if (failure) return;
    }
}

const Batch& BatchAhead::next() {
    if (!thread_.joinable()) {
        batches_.get(taken_++, current_);
        return current_;
    }
    {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return full_; });
        if (failure_) std::rethrow_exception(failure_);
        std::swap(ready_, current_);
        full_ = false;
    }
    changed_.notify_all();
    return current_;
}

}  // namespace o2v::data
