#include "orchestrator/benchmark_measures.hpp"

#include <stdexcept>

namespace o2v::orchestrator {
namespace {

struct Row {
    const char* name;
    MeasureKind kind;
    const char *unit, *better;
};

using enum MeasureKind;
constexpr Row kMeasures[] = {
    {"startup_seconds", time, "s", "lower"},    // from the worker's start to its greeting
    {"train_seconds", time, "s", "lower"},      // from the order to the kept model
    {"train_cpu_seconds", time, "s", "lower"},  // of processors, of the worker and its children
    {"train_pairs_per_second", rate, "pairs/s", "higher"},
    {"seconds_to_target", time, "s", "lower"},  // from the order
    {"epochs_to_target", quality, "", "same"},
    {"epochs", quality, "", "same"},
    {"cost_to_target", cost, "money", "lower"},
    {"cost_per_million_pairs", cost, "money", "lower"},
    {"peak_memory_bytes", memory, "B", "lower"},  // of the worker, or of the server
    {"model_bytes", memory, "B", "lower"},
    {"server_start_seconds", time, "s", "lower"},  // from the server's start to where it listens
    {"latency_p50_seconds", time, "s", "lower"},
    {"latency_p99_seconds", time, "s", "lower"},
    {"rows_per_second", rate, "rows/s", "higher"},
    {"read_json_pairs_per_second", rate, "pairs/s", "higher"},
    {"first_open_seconds", time, "s", "lower"},  // reading and building the binary form
    {"cached_open_seconds", time, "s", "lower"},
    {"suggest_seconds", time, "s", "lower"},
};

bool names(const std::string& measure, const std::string& name) {
    if (measure == name) return true;
    if (measure.starts_with(name + '.')) return true;  // suggest_seconds.tpe
    return measure.ends_with('.' + name);              // embedding.rows_per_second
}

}  // namespace

std::string to_text(MeasureKind kind) {
    constexpr const char* kNames[] = {"time", "rate", "memory", "cost", "quality"};
    return kNames[static_cast<std::size_t>(kind)];
}

MeasureInfo measure_info(const std::string& measure) {
    if (measure.starts_with("metric:")) return {quality, "", "same"};
    for (const Row& row : kMeasures)
        if (names(measure, row.name)) return {row.kind, row.unit, row.better};
    throw std::out_of_range("no measure " + measure);
}

}  // namespace o2v::orchestrator
