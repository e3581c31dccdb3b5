// What the programs of a trial have said so far, attempt after attempt, in a file beside their checkpoints. A
// program does not wait for the answer to an epoch: what it had said beyond the last one that was answered is
// said in its place when the trial goes on.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "worker/metric_reader.hpp"

namespace o2v::worker {

struct EpochSeen {
    EpochLine line;
    std::chrono::milliseconds elapsed{0};  // since the one before, or the start
};

class SeenEpochs {
  public:
    // Appends to the file; nothing is created before there is something. Throws std::system_error, here and
    // below, when the file cannot be written.
    explicit SeenEpochs(std::string path) : path_(std::move(path)) {}
    ~SeenEpochs();
    SeenEpochs(const SeenEpochs&) = delete;
    SeenEpochs& operator=(const SeenEpochs&) = delete;

    void add(const EpochSeen& seen);
    // The program has come to its end, with these last values of its metrics.
    void end(const Metrics& latest);

  private:
    void append(const std::string& frame);

    std::string path_;
    int file_ = -1;
};

struct SeenBefore {
    std::vector<EpochSeen> epochs;
    std::optional<Metrics> ended;  // with these last values, when the last program has come to its end
};
// What was written. What a torn entry has left is cut off. Nothing when there is no file. Throws
// std::filesystem::filesystem_error when it cannot be cut.
SeenBefore read_seen(const std::string& path);

}  // namespace o2v::worker
