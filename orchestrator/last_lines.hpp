// The end of a text file, for messages. Private to the room.
#pragma once

#include <string>

namespace o2v::orchestrator {

// "" when there are none.
std::string last_lines(const std::string& path, int lines);

}  // namespace o2v::orchestrator
