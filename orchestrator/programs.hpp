// Other programs: where they are, running and becoming one.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace o2v::orchestrator {

// "is not there", "is a folder", "cannot be executed; ..."; "" when the file can be started.
std::string why_not_executable(const std::string& path);

// Runs the program, whose path or whose name on the PATH comes first; what it prints is printed here. Its
// exit code, -1 when a signal ended it. Throws StorageError when it cannot be started.
int run_to_end(std::vector<std::string> arguments);

// That program goes on in this process's place: its path and its arguments. Throws StorageError when it
// cannot.
[[noreturn]] void become(std::vector<std::string> arguments);

// For exec: each text's own characters, and null after the last.
std::vector<char*> pointers_to(std::vector<std::string>& texts);

// The first file of that name on the PATH that can be started; its relative entries count from `folder`.
std::optional<std::string> find_on_path(const std::string& name, const std::string& folder = "");

// A text as one word of a shell: as it is where it is harmless, else in single quotes.
std::string shell_word(const std::string& text);

}  // namespace o2v::orchestrator
