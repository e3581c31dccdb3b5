// A value as an error shows it.
#pragma once

#include <simdjson.h>

#include <string>

namespace o2v::data {

// Its first 60 bytes.
inline std::string shown_value(std::string text) {
    constexpr std::size_t kLongest = 60;
    if (text.size() > kLongest) text = text.substr(0, kLongest) + "...";
    return text;
}

inline std::string shown_value(const simdjson::dom::element& element) {
    return shown_value(std::string(simdjson::minify(element)));
}

}  // namespace o2v::data
