#include "orchestrator/programs.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "search/study/errors.hpp"

namespace o2v::orchestrator {

namespace fs = std::filesystem;

std::string why_not_executable(const std::string& path) {
    std::error_code error;
    if (fs::is_directory(path, error)) return "is a folder";
    if (!fs::exists(path, error)) return "is not there";
    return access(path.c_str(), X_OK) == 0 ? "" : "cannot be executed; for a script: chmod +x";
}

void become(std::vector<std::string> arguments) {
    std::vector<char*> pointers;
    for (std::string& argument : arguments) pointers.push_back(argument.data());
    pointers.push_back(nullptr);
    execv(pointers.front(), pointers.data());
    throw storage_error(arguments.front(), "cannot be started", errno);
}

std::optional<std::string> find_on_path(const std::string& name, const std::string& folder) {
    const char* path = std::getenv("PATH");
    std::istringstream places(path ? path : "/bin:/usr/bin");
    for (std::string place; std::getline(places, place, ':');) {
        const std::string file = (fs::path(folder) / place / name).string();
        if (why_not_executable(file).empty()) return file;
    }
    return std::nullopt;
}

}  // namespace o2v::orchestrator
