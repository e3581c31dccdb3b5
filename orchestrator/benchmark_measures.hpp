// What a benchmark measures, by name.
#pragma once

#include <string>

namespace o2v::orchestrator {

enum class MeasureKind { time, rate, memory, cost, quality };
std::string to_text(MeasureKind kind);

struct MeasureInfo {
    MeasureKind kind = MeasureKind::time;
    std::string unit;  // "s", "pairs/s", "B", "USD"; "" = a number
    // "lower", "higher", or "same": of equal work it does not differ.
    std::string better;
};

// Of "train_pairs_per_second", "embedding.latency_p99_seconds", "suggest_seconds.tpe", or "metric:NAME" for
// what the kept model reached. A unit of money is "money": the catalog's currency. Throws std::out_of_range
// for another name.
MeasureInfo measure_info(const std::string& measure);

// A value of one measure of one configuration.
struct Sample {
    std::string configuration, measure;
    double value = 0;
    bool operator==(const Sample&) const = default;
};

// Those that belong to no configuration stand under these names.
inline constexpr const char* kOfData = "(data)";
inline constexpr const char* kOfSearch = "(search)";

}  // namespace o2v::orchestrator
