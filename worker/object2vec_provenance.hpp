// Where a model that this worker trains comes from.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "model/provenance.hpp"
#include "worker/protocol/messages.hpp"

namespace o2v::worker {

class ProvenanceRecorder {
  public:
    // `hello`: what this process is.
    explicit ProvenanceRecorder(const protocol::Hello& hello) : hello_(hello) {}

    // Of a trial that is about to train. A file is hashed once as long as its size and time stay. Throws
    // StorageError when one cannot be read.
    model::Provenance of(const protocol::StartTrial& trial);

  private:
    struct Known {
        std::uintmax_t size = 0;
        std::filesystem::file_time_type time;
        model::FileFingerprint fingerprint;
    };
    const model::FileFingerprint& fingerprint(const std::string& path);

    protocol::Hello hello_;
    std::map<std::string, Known> known_;
};

}  // namespace o2v::worker
