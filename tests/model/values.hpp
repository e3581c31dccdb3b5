// Hyperparameters' values as tests write them.
#pragma once

#include <cstdint>
#include <string>

#include "search/study/assignment.hpp"

namespace o2v::model {

inline ParamValue text(const char* s) {
    return std::string(s);
}
inline ParamValue whole(std::int64_t i) {
    return i;
}

}  // namespace o2v::model
