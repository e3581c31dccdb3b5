// A benchmark file: an experiment with fixed configurations, warm-up, repeats and seeds, and what is measured
// of them. experiments/benchmarks/README.md describes the format.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/benchmark_data.hpp"
#include "orchestrator/experiment.hpp"

namespace o2v::orchestrator {

// How trained models are asked, over HTTP, by a client in this process.
struct InferenceOptions {
    std::vector<std::string> modes;  // of "embedding" and "classification"
    std::int64_t requests = 300;     // of one row, one after the other: their latency
    std::int64_t bulk_rows = 20'000;
    std::int64_t rows_per_request = 100;
};

// What a suggestion costs, of each strategy, after so many trials of a problem of search/problems.
struct SuggestionOptions {
    std::vector<std::string> strategies;
    std::string problem = "object2vec_like";
    std::int64_t history = 40;
    std::int64_t suggestions = 3;
};

struct Configuration {
    std::string name;
    Experiment experiment;  // of one trial, on one slot
};

struct Benchmark {
    std::string file, name, description;
    std::vector<Configuration> configurations;
    std::optional<SyntheticPairs> synthetic;
    int warmup = 1, repeats = 5;
    std::vector<std::uint64_t> seeds{1};  // repeat r trains with the seed r modulo their number
    std::optional<double> target;         // of the objective's metric
    std::optional<InferenceOptions> inference;
    std::optional<SuggestionOptions> suggestion;
    bool loading = false;  // how fast pairs are read
};

// What the command line changes.
struct BenchmarkChoices {
    std::vector<std::string> only{};  // of the configurations; empty = all
    std::vector<std::string> skip{};  // of "inference", "loading", "suggestion"
    std::optional<int> repeats{};
    std::optional<int> cores{};  // of the slot, and its threads
    std::optional<std::string> device{};
};

// Reads and checks a file. Synthetic pairs are expected in `data_folder`, which need not be there yet. Throws
// InputError with all that is wrong.
Benchmark load_benchmark(const std::string& file, const std::string& data_folder,
                         const BenchmarkChoices& choices);
// Only its name, for the folder that its results go to. Throws as load_benchmark.
std::string benchmark_name(const std::string& file);

// What is measured and how, but for the number of repeats and what depends on the machine: two results of
// equal settings measure the same. {"seeds", "target", "inference", "suggestion", "loading", "synthetic"}.
nlohmann::json settings_json(const Benchmark& benchmark);
// {"NAME": {"fixed", "objective", ...}}: what decides a trial of each, without paths.
nlohmann::json configurations_json(const Benchmark& benchmark);

}  // namespace o2v::orchestrator
