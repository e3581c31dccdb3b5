// An epoch's batches in order, the next one assembled while the last one is trained on.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>
#include <thread>

#include "model/data/batches.hpp"

namespace o2v::data {

class BatchAhead {
  public:
    // Keeps a reference to `batches`. in_background: on a thread of its own, which pays where another device
    // trains; otherwise next() assembles.
    BatchAhead(const EpochBatches& batches, bool in_background);
    ~BatchAhead();
    BatchAhead(const BatchAhead&) = delete;
    BatchAhead& operator=(const BatchAhead&) = delete;

    // The first batch, then the second, ...; it holds until the next call. Throws what assembling threw.
    // REQUIRES: called at most batches.size() times.
    const Batch& next();

  private:
    void assemble();

    const EpochBatches& batches_;
    Batch ready_, current_;
    std::int64_t taken_ = 0;
    bool full_ = false, leave_ = false;
    std::exception_ptr failure_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::thread thread_;
};

}  // namespace o2v::data
