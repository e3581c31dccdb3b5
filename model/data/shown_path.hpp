#pragma once

#include <string>

namespace o2v::data {

// A path as a person would type it here: relative when it lies below the working directory. Links stay as
// they are.
std::string shown_path(const std::string& path);

}  // namespace o2v::data
