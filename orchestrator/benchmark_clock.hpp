// Spans of time of what is measured. Private to the room.
#pragma once

#include <chrono>

namespace o2v::orchestrator {

inline double seconds_since(std::chrono::steady_clock::time_point began) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

template <class Work>
double seconds_of(const Work& work) {
    const auto began = std::chrono::steady_clock::now();
    work();
    return seconds_since(began);
}

}  // namespace o2v::orchestrator
