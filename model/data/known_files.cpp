#include "model/data/known_files.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <fstream>

#include "search/study/errors.hpp"

namespace o2v::data {
namespace {

constexpr const char* kFormat = "o2v-known/1";

std::int64_t nanoseconds(const timespec& time) {
    return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

std::string note_of(const std::string& folder, const FileState& state) {
    return folder + '/' + std::to_string(state.device) + '-' + std::to_string(state.inode) + ".known";
}

}  // namespace

bool FileState::fresh(std::int64_t now) const {
    return std::max(modified_ns, changed_ns) > now - 2'000'000'000;
}

FileState state_of(const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0)
        throw StorageError(path + ": cannot open: " + std::strerror(errno));
    return {static_cast<std::uint64_t>(status.st_dev), static_cast<std::uint64_t>(status.st_ino),
            std::int64_t{status.st_size}, nanoseconds(status.st_mtim), nanoseconds(status.st_ctim)};
}

std::int64_t now_ns() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

std::optional<std::string> recall(const std::string& folder, const FileState& state) {
    std::ifstream note(note_of(folder, state));
    std::string format, xxh3;
    FileState then = state;
    if (!(note >> format >> then.bytes >> then.modified_ns >> then.changed_ns >> xxh3)) return std::nullopt;
    if (format != kFormat || then != state || xxh3.size() != 32) return std::nullopt;
    return xxh3;
}

void remember(const std::string& folder, const FileState& state, const std::string& xxh3) {
    const std::string note = note_of(folder, state), aside = aside_of(note);
    bool written = false;
    {
        std::ofstream file(aside);
        file << kFormat << ' ' << state.bytes << ' ' << state.modified_ns << ' ' << state.changed_ns << ' '
             << xxh3 << '\n';
        written = file.flush().good();
    }
    if (!written || std::rename(aside.c_str(), note.c_str()) != 0) std::remove(aside.c_str());
}

std::string aside_of(const std::string& path) {
    static std::atomic<int> number{0};
    // The time too: containers give every run the same process ids.
    return path + '.' + std::to_string(::getpid()) + '.' + std::to_string(now_ns()) + '.' +
           std::to_string(number++) + ".tmp";
}

}  // namespace o2v::data
