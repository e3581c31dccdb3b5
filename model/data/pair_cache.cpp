#include "model/data/pair_cache.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <utility>
#include <vector>

#include "model/data/known_files.hpp"
#include "model/data/pair_table_file.hpp"

namespace o2v::data {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kNoteSeconds = std::int64_t{30} * 24 * 3600;  // notes of files that are gone

std::string name_of(std::int64_t bytes, const std::string& xxh3) {
    return std::to_string(bytes) + '-' + xxh3 + ".v" + std::to_string(kTableFormat) + ".pairs";
}

// Is there an entry of a file of this size? If not, its content need not be known.
bool any_of_size(const std::string& folder, std::int64_t bytes) {
    const std::string begin = std::to_string(bytes) + '-';
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(folder, error))
        if (entry.path().filename().string().starts_with(begin)) return true;
    return false;
}

// Its time of last use, which pruning goes by.
void touch(const std::string& path) {
    ::utimensat(AT_FDCWD, path.c_str(), nullptr, 0);
}

void try_to_sync(const std::string& folder) {
    const int handle = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (handle < 0) return;
    ::fsync(handle);
    ::close(handle);
}

struct Entry {
    std::string path;
    std::int64_t bytes = 0, age_ns = 0;
};

// Files that vanish meanwhile are another process's doing and fine.
void prune(const std::string& folder) {
    std::vector<Entry> entries;
    std::int64_t total = 0;
    std::error_code error;
    for (const auto& file : fs::directory_iterator(folder, error)) {
        struct stat status {};
        if (::stat(file.path().c_str(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
        const std::int64_t used =
            std::int64_t{status.st_mtim.tv_sec} * kSecond + std::int64_t{status.st_mtim.tv_nsec};
        const Entry entry{file.path().string(), status.st_size, now_ns() - used};
        const std::string kind = file.path().extension().string();
        if (kind == ".pairs") {
            entries.push_back(entry);
            total += entry.bytes;
        } else if ((kind == ".tmp" && entry.age_ns > PairCache::kKeptSeconds * kSecond) ||
                   (kind == ".known" && entry.age_ns > kNoteSeconds * kSecond)) {
            ::unlink(entry.path.c_str());
        }
    }
    std::sort(entries.begin(), entries.end(),
              [](const Entry& a, const Entry& b) { return a.age_ns > b.age_ns; });
    for (const Entry& entry : entries) {
        if (total <= PairCache::kMostBytes || entry.age_ns <= PairCache::kKeptSeconds * kSecond) return;
        ::unlink(entry.path.c_str());
        total -= entry.bytes;
    }
}

}  // namespace

PairCache::PairCache(std::string folder, Warn warn) : folder_(std::move(folder)), warn_(std::move(warn)) {}

std::string PairCache::default_folder() {
    const auto variable = [](const char* name) {
        const char* const value = std::getenv(name);
        return std::string(value == nullptr ? "" : value);
    };
    if (const std::string own = variable("O2V_CACHE_DIR"); !own.empty()) return own + "/data";
    // The XDG Base Directory Specification: relative paths are to be ignored.
    if (const std::string xdg = variable("XDG_CACHE_HOME"); xdg.starts_with('/'))
        return xdg + "/o2v-tune/data";
    const std::string home = variable("HOME");
    return home.empty() ? "" : home + "/.cache/o2v-tune/data";
}

Dataset PairCache::open(const std::string& path, const Limits& limits, Statistics* statistics) {
    return apply_limits(path, table(path, limits.skip_bad_lines), limits, statistics);
}

std::optional<PairTable> PairCache::table(const std::string& path, std::int64_t most_bad) {
    if (folder_.empty()) return read_table(path, most_bad);
    const std::int64_t now = now_ns();
    const FileState state = state_of(path);
    std::optional<std::string> xxh3 = recall(folder_, state);
    if (!xxh3 && any_of_size(folder_, state.bytes)) {
        xxh3 = file_hash(path);
        if (!state.fresh(now) && state_of(path) == state) remember(folder_, state, *xxh3);
    }
    if (xxh3) {
        const std::string entry = folder_ + '/' + name_of(state.bytes, *xxh3);
        std::optional<PairTable> found = map_table(entry);
        if (found && found->statistics.xxh3 == *xxh3) {
            touch(entry);
            return found;
        }
    }
    try {
        return build(path, most_bad);
    } catch (const TableWriteError& error) {
        warn(error.what());
        return read_table(path, most_bad);
    }
}

std::optional<PairTable> PairCache::build(const std::string& path, std::int64_t most_bad) {
    std::error_code error;
    fs::create_directories(folder_, error);
    if (error) throw TableWriteError(folder_ + ": cannot create: " + error.message());
    const std::int64_t now = now_ns();
    const FileState state = state_of(path);
    const std::string aside = aside_of(folder_ + "/building");
    const std::optional<Statistics> statistics = write_table(path, most_bad, aside);
    if (!statistics) return std::nullopt;
    const std::string entry = folder_ + '/' + name_of(statistics->bytes, statistics->xxh3);
    if (std::rename(aside.c_str(), entry.c_str()) != 0) {
        const std::string why = entry + ": cannot rename: " + std::strerror(errno);
        ::unlink(aside.c_str());
        throw TableWriteError(why);
    }
    try_to_sync(folder_);
    if (!state.fresh(now) && state_of(path) == state) remember(folder_, state, statistics->xxh3);
    prune(folder_);
    std::optional<PairTable> table = map_table(entry);
    if (!table) throw TableWriteError(entry + ": cannot read what has just been written");
    return table;
}

void PairCache::warn(const std::string& why) {
    if (warn_)
        warn_("pairs are read into this process's own memory, as their binary form cannot be kept: " + why);
    warn_ = nullptr;
}

}  // namespace o2v::data
