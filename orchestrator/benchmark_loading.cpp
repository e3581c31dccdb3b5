#include <fmt/format.h>

#include <filesystem>

#include "model/hyperparameters/hyperparameters.hpp"
#include "orchestrator/benchmark_clock.hpp"
#include "orchestrator/benchmark_pinned.hpp"
#include "orchestrator/benchmark_steps.hpp"
#include "orchestrator/data_check.hpp"
#include "reports/leaderboard.hpp"

namespace o2v::orchestrator {
namespace {

// As the trial's worker reads them.
data::Limits limits_of(const Experiment& experiment) {
    const model::Options options = model::resolve(experiment.study.fixed);
    data::Limits limits;
    for (int side = 0; side < 2; ++side) {
        limits.vocab_size[side] = options.enc[side].vocab_size;
        limits.max_seq_len[side] = options.enc[side].max_seq_len;
    }
    if (options.output_layer == model::OutputLayer::softmax) limits.num_classes = options.num_classes;
    limits.skip_bad_lines = experiment.data.skip_bad_lines;
    return limits;
}

}  // namespace

StepOutcome measure_loading(const Bench& bench, const Benchmark& benchmark) {
    const Experiment& experiment = benchmark.configurations.front().experiment;
    const data::Limits limits = limits_of(experiment);
    const std::string folder = bench.work + "/cache";
    std::filesystem::remove_all(folder);
    double read = 0, first = 0, again = 0;
    std::int64_t rows = 0;
    pinned(bench.slot.cores, [&] {
        read = seconds_of([&] { rows = data::read_jsonl(experiment.data.train, limits).size(); });
        data::PairCache cache(folder);
        first = seconds_of([&] { cache.open(experiment.data.train, limits); });
        again = seconds_of([&] { cache.open(experiment.data.train, limits); });
    });
    std::filesystem::remove_all(folder);
    const double rate = static_cast<double>(rows) / read;
    StepOutcome outcome;
    outcome.samples = {{kOfData, "read_json_pairs_per_second", rate},
                       {kOfData, "first_open_seconds", first},
                       {kOfData, "cached_open_seconds", again}};
    outcome.sentence = fmt::format("{} pairs at {:.0f} pairs/s from JSON Lines, {} out of the binary form",
                                   rows, rate, reports::duration_text(again));
    return outcome;
}

}  // namespace o2v::orchestrator
