// Branin's two parameters, as an experiment's space.
#pragma once

#include <nlohmann/json.hpp>

namespace o2v {

inline nlohmann::json branin_space() {
    return {{"x0", {{"type", "float"}, {"min", -5}, {"max", 10}}},
            {"x1", {{"type", "float"}, {"min", 0}, {"max", 15}}}};
}

}  // namespace o2v
