// Pairs that a small network learns in seconds.
#pragma once

#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "search/study/assignment.hpp"

namespace o2v {

inline constexpr int kWords = 40;

// Words 2 to 41 in `classes` groups; a pair's class is the group that its words are of, or, of one in `noise`
// pairs, any (0 = of none). JSON Lines.
inline std::string grouped_pairs(int rows, std::uint64_t seed, int classes, std::uint64_t noise = 0) {
    Rng rng(seed);
    const auto any = [&] {
        return static_cast<int>(uniform_index(rng, static_cast<std::uint64_t>(classes)));
    };
    std::ostringstream lines;
    for (int i = 0; i < rows; ++i) {
        const int group = any(), each = kWords / classes;
        const auto word = [&] {
            return 2 + group * each + static_cast<int>(uniform_index(rng, static_cast<std::uint64_t>(each)));
        };
        const int label = noise > 0 && uniform_index(rng, noise) == 0 ? any() : group;
        lines << nlohmann::json{{"label", label}, {"in0", {word()}}, {"in1", {word(), word(), word()}}}.dump()
              << '\n';
    }
    return lines.str();
}

}  // namespace o2v
