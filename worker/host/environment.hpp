// The environment of this process, and how many threads a worker's libraries may use by its own.
#pragma once

#include <string>
#include <vector>

namespace o2v::worker {

// The entries of this process's, "NAME=value".
std::vector<std::string> own_environment();

// The variables that count threads, and those that would override the counts or move threads off the cores
// that a worker has been given.
const std::vector<std::string>& thread_variables();

// "NAME=value" entries without those variables, and with that count of threads.
std::vector<std::string> with_threads(std::vector<std::string> environment, int threads);

}  // namespace o2v::worker
