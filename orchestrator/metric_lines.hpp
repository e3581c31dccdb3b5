// The lines that SageMaker's Object2Vec logs, to the letter: what metric definitions (regular expressions)
// and dashboards made for it read. Epochs count from 0; numbers are printed as Python does, in the shortest
// form that reads back equal.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "orchestrator/observer.hpp"

namespace o2v::orchestrator {

// What is known of a training before it begins.
struct TrainingFacts {
    std::int64_t epochs = 0;             // at most
    std::int64_t records_per_epoch = 0;  // negatives counted; 0 = unknown
};

class MetricLines {
  public:
    // `thread` stands in every prefix.
    MetricLines(const TrainingFacts& facts, std::uint64_t thread) : facts_(facts), thread_(thread) {}

    using Time = std::chrono::system_clock::time_point;

    // "[06/17/2021 10:40:59 INFO 139714520221504] text\n", in UTC.
    std::string line(Time at, const std::string& text, std::string_view level = "INFO") const;
    // Of an epoch that ended at `at`: its metrics for people and as #quality_metric, #progress_metric,
    // #metrics (a line without prefix, as in the logs) and #throughput_metric.
    std::string epoch(Time at, const Measurement& measurement) const;
    // Of a trial that has completed: whether it was stopped early, the epoch kept, #test_score.
    std::string completed(Time at, const Trial& trial) const;

  private:
    TrainingFacts facts_;
    std::uint64_t thread_;
};

struct TrainingScreenOptions {
    TrainingFacts facts;
    bool quiet = false;           // nothing on standard output
    std::optional<int> terminal;  // columns of standard error, for a live line; nullopt = none
};
// Prints the lines of a study's one trial on standard output and adds them to logs/train.log of its folder.
// Throws StorageError when that cannot be written.
std::unique_ptr<StudyObserver> make_training_screen(const TrainingScreenOptions& options);

// The live line: "[####------------] epoch 5/20  validation:cross_entropy 0.1969  best 0.1813  13832
// records/s at most 2 min 10 s left". At most `width` characters.
std::string training_status_line(const Study& study, const TrainingFacts& facts, int width);

}  // namespace o2v::orchestrator
