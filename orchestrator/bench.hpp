// `o2v-tune bench`: a benchmark is measured, step by step, repeats in turn over its configurations.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/benchmark.hpp"
#include "orchestrator/benchmark_record.hpp"
#include "orchestrator/instances.hpp"
#include "orchestrator/topology.hpp"

namespace o2v::orchestrator {

struct BenchRequest {
    std::string file;
    std::optional<std::string> out;  // default runs/bench-<name>
    std::string instance, catalog;   // "" = no label; the built-in catalog
    BenchmarkChoices choices;
    std::optional<std::int64_t> memory_bytes;  // that a worker or server may take
    bool share = false;
};

struct BenchPlan {
    Benchmark benchmark;
    std::string folder;  // absolute
    std::optional<Instance> instance;
    std::string currency;
    Topology topology;
    std::vector<StepId> steps;  // in order
    nlohmann::json data;        // checksums of the pairs; null while they are synthetic and not made yet
    std::vector<std::string> notes;
};
// Reads and checks everything, and writes nothing. Throws InputError, StorageError.
BenchPlan plan_bench(const BenchRequest& request);

struct BenchProgress {
    std::size_t done = 0, of = 0;  // steps
    StepId step;
    int repeats = 0;
    std::string sentence;
    bool failed = false;
};

struct BenchReport {
    std::string file;               // the JSON
    nlohmann::ordered_json result;  // its content
    bool interrupted = false;
    std::size_t failures = 0;  // of steps
};

// Measures what is not measured yet. A signal leaves what is being measured and writes what there is; the
// next call continues. Throws InputError, StorageError (other runs hold the cores, a medium failed).
BenchReport run_bench(const BenchRequest& request, const BenchPlan& plan,
                      const std::function<void(const BenchProgress&)>& progress,
                      const std::function<void(const std::string&)>& note);

}  // namespace o2v::orchestrator
