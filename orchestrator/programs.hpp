// Other programs: where they are.
#pragma once

#include <optional>
#include <string>

namespace o2v::orchestrator {

// "is not there", "is a folder", "cannot be executed; ..."; "" when the file can be started.
std::string why_not_executable(const std::string& path);

// The first file of that name on the PATH that can be started; its relative entries count from `folder`.
std::optional<std::string> find_on_path(const std::string& name, const std::string& folder = "");

}  // namespace o2v::orchestrator
