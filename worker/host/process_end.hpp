// How a program ended, for people.
#pragma once

#include <string>

namespace o2v::worker {

// Of what waitpid reports: "ended with exit code 1", "was killed by signal 9 (Killed)".
std::string describe_end(int status);

}  // namespace o2v::worker
