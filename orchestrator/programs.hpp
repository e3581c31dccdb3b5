// Other programs: where they are.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace o2v::orchestrator {

// "is not there", "is a folder", "cannot be executed; ..."; "" when the file can be started.
std::string why_not_executable(const std::string& path);

// That program goes on in this process's place: its path and its arguments. Throws StorageError when it
// cannot.
[[noreturn]] void become(std::vector<std::string> arguments);

// The first file of that name on the PATH that can be started; its relative entries count from `folder`.
std::optional<std::string> find_on_path(const std::string& name, const std::string& folder = "");

}  // namespace o2v::orchestrator
