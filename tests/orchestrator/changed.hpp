// Experiments with one thing changed.
#pragma once

#include <nlohmann/json.hpp>
#include <utility>

namespace o2v {

inline nlohmann::json with(nlohmann::json experiment, const char* pointer, nlohmann::json value) {
    experiment[nlohmann::json::json_pointer(pointer)] = std::move(value);
    return experiment;
}

inline nlohmann::json without(nlohmann::json experiment, const char* object, const char* key) {
    experiment[nlohmann::json::json_pointer(object)].erase(key);
    return experiment;
}

}  // namespace o2v
