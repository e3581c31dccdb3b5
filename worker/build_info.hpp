// Which sources this program was built from.
#pragma once

#include <string_view>

namespace o2v::worker {

// The git commit, with "+changes" when tracked files differed from it; "" when the sources were no git
// checkout. Defined in a file that the build makes (cmake/build_info.cmake).
std::string_view build_commit();

}  // namespace o2v::worker
