// The metrics of a trained Object2Vec that are measured only when an objective or a constraint names them,
// because they cost time that its loss does not: "validation:f1_macro", "test:hits@10", "latency_p99_ms".
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "search/study/study.hpp"

namespace o2v::protocol {

enum class FigureKind {
    classification,  // of a model whose output_layer is softmax
    regression,      // of one whose output_layer is mean_squared_error
    retrieval,       // how high in1 is ranked that belongs to an in0, among others of the same file
    latency          // a time, which depends on the machine and what else it does
};

struct FigureInfo {
    std::string_view name;
    FigureKind kind;
    Direction direction;  // which values are good
    bool at_k;            // "@K" follows the name: the first K count
};

std::span<const FigureInfo> figure_table();

// A right in1 is ranked among so many different in1 of the file, itself included ...
inline constexpr std::int64_t kRankedCandidates = 1000;
// ... and so many of the file's right pairs are asked.
inline constexpr std::int64_t kRankedQueries = 1000;
// A pair is right when its label is above this.
inline constexpr float kRightAbove = 0;

// Pairs answered one by one to measure a latency, after some that do not count.
inline constexpr std::int64_t kTimedAnswers = 500;
inline constexpr std::int64_t kWarmUpAnswers = 50;

struct Figure {
    const FigureInfo* info = nullptr;  // of figure_table()
    std::string set;                   // "validation" or "test"; empty for a latency
    std::int64_t k = 0;                // 1 to kRankedCandidates - 1; 0 where the name has none
};

// What a metric's name stands for; nullopt when it is none of these (it may still be a metric that every
// trial reports).
std::optional<Figure> figure_of(std::string_view metric);
std::string name_of(const Figure& figure);

}  // namespace o2v::protocol
