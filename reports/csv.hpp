// Private to the room.
#pragma once

#include <string>
#include <vector>

namespace o2v::reports {

// One line of RFC 4180's, ended by LF.
std::string csv_line(const std::vector<std::string>& fields);

}  // namespace o2v::reports
