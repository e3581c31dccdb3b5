// Training sets, opened once for all trials of a worker, out of the machine's binary forms.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <string>

#include "model/data/pair_cache.hpp"
#include "model/hyperparameters/hyperparameters.hpp"

namespace o2v::worker {

class DatasetCache {
  public:
    DatasetCache();
    // The rows of a file under `limits`; the same object again while the file is unchanged (size,
    // modification time) and among the last few asked for. Throws as data::read_jsonl does.
    std::shared_ptr<const data::Dataset> get(const std::string& path, const data::Limits& limits);

  private:
    struct Entry {
        std::string key;
        std::shared_ptr<const data::Dataset> dataset;
    };
    data::PairCache files_;
    std::list<Entry> entries_;  // last asked for first
};

}  // namespace o2v::worker
