// The pieces of a benchmark run, each measured in one go. Private to the room.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/benchmark.hpp"
#include "orchestrator/benchmark_measures.hpp"
#include "orchestrator/slots.hpp"
#include "orchestrator/storage.hpp"

namespace o2v::orchestrator {

// Where a benchmark measures.
struct Bench {
    Slot slot;
    std::string worker_program, serve_program;  // serve_program "" = nothing is served
    std::string work;                           // a folder of the run's own; also logs
    std::optional<std::int64_t> memory_bytes;   // of a worker or server
    std::optional<double> price_per_hour;
    std::function<bool()> interrupted;  // has somebody asked to leave?
};

struct StepOutcome {
    std::vector<Sample> samples;
    std::string sentence;  // what was found, for people
    std::string failure;   // why nothing was found; "" = it was
    bool interrupted = false;
    std::optional<WorkerRecord> worker{};
    std::string commit{};  // of the sources that the worker was built from; "" = unknown
};

// Trains the configuration in a new worker process. The model is left in the bench's folder.
StepOutcome measure_training(const Bench& bench, const Benchmark& benchmark,
                             const Configuration& configuration, std::uint64_t seed);
// Serves the model that the configuration's training has left, in one mode, and asks it.
StepOutcome measure_serving(const Bench& bench, const Benchmark& benchmark,
                            const Configuration& configuration, const std::string& mode);
// Reads the training pairs: as JSON Lines, into a new binary form, and out of it.
StepOutcome measure_loading(const Bench& bench, const Benchmark& benchmark);
StepOutcome measure_suggesting(const Bench& bench, const Benchmark& benchmark, const std::string& strategy);

// Where measure_training leaves a configuration's files.
std::string work_folder(const Bench& bench, const Configuration& configuration);
// The model in it; "" when there is none.
std::string trained_model(const Bench& bench, const Configuration& configuration);

// VmHWM of a process; 0 when it is not known.
std::int64_t peak_memory_of(int pid);

}  // namespace o2v::orchestrator
