#include "orchestrator/programs.hpp"

#include <spawn.h>
#include <sys/wait.h>
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

int run_to_end(std::vector<std::string> arguments) {
    std::vector<char*> pointers = pointers_to(arguments);
    pid_t child = -1;
    const int error = posix_spawnp(&child, pointers.front(), nullptr, nullptr, pointers.data(), environ);
    if (error != 0) throw storage_error(arguments.front(), "cannot be started", error);
    int status = 0;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR) throw storage_error(arguments.front(), "cannot be waited for", errno);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void become(std::vector<std::string> arguments) {
    std::vector<char*> pointers = pointers_to(arguments);
    execv(pointers.front(), pointers.data());
    throw storage_error(arguments.front(), "cannot be started", errno);
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    for (std::string& text : texts) pointers.push_back(text.data());
    pointers.push_back(nullptr);
    return pointers;
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

std::string shell_word(const std::string& text) {
    constexpr std::string_view kHarmless =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=@%+,";
    if (!text.empty() && text.find_first_not_of(kHarmless) == std::string::npos) return text;
    std::string word = "'";
    for (const char c : text) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return word + '\'';
}

}  // namespace o2v::orchestrator
