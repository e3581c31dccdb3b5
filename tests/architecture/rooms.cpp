#include "tests/architecture/rooms.hpp"

#include <algorithm>
#include <set>
#include <sstream>

namespace o2v::architecture {

namespace fs = std::filesystem;

const std::vector<Room>& rooms() {
    static const std::vector<Room> table = {
        {"search/study", 1, {}, {"std", "json_fwd"}},
        {"search/problems", 2, {"search/study"}, {"std"}},
        {"worker/protocol", 2, {"search/study"}, {"std", "io", "json"}},
        {"worker/host", 3, {"search/study", "worker/protocol"}, {"std", "system", "boost"}},
        {"worker/pilot/wire", 3, {"search/study", "model/data"}, {"std", "io", "system", "boost", "openssl"}},
        {"worker/pilot",
         4,
         {"search/study", "worker/protocol", "worker/host", "worker/pilot/wire", "model/data"},
         {"std", "io", "system", "fmt", "boost"}},
        {"model/hyperparameters", 2, {"search/study"}, {"std"}},
        {"model/data", 2, {"search/study"}, {"std", "io", "system", "fmt", "json", "simdjson", "xxhash"}},
        {"model/data/bench", 3, {"search/study", "model/data"}, {"std", "io", "system", "fmt", "cli"}},
        {"search", 3, {"search/study"}, {"std", "eigen", "nlopt"}},
        {"search/bench",
         4,
         {"search/study", "search/problems", "search"},
         {"std", "io", "system", "fmt", "json", "cli", "zlib"}},
        {"reports", 3, {"search/study"}, {"std", "fmt", "json"}},
        {"model/format", 3, {"search/study", "model/hyperparameters"}, {"std", "json"}},
        {"model/kernels", 3, {"search/study", "model/hyperparameters"}, {"std"}},
        {"model/evaluation", 3, {"model/data"}, {"std"}},
        {"model/neighbors",
         3,
         {"search/study", "model/data"},
         {"std", "io", "system", "fmt", "json", "eigen", "faiss", "openmp"}},
        {"model/neighbors/bench", 4, {"search/study", "model/neighbors"}, {"std", "io", "fmt", "cli"}},
        {"model",
         4,
         {"search/study", "model/data", "model/format", "model/hyperparameters", "model/kernels"},
         {"std", "io", "system", "fmt", "json", "torch"}},
        {"model/bench",
         5,
         {"search/study", "model", "model/data", "model/hyperparameters", "model/kernels"},
         {"std", "io", "system", "fmt", "cli", "torch"}},
        {"worker/answers/options", 2, {"search/study"}, {"std", "io", "cli"}},
        {"worker/answers/queries", 3, {"search/study", "model/data"}, {"std", "fmt", "simdjson"}},
        {"worker/answers",
         5,
         {"search/study", "model", "model/data", "model/hyperparameters", "model/evaluation",
          "model/neighbors", "worker/answers/options", "worker/answers/queries"},
         {"std", "io", "system", "fmt", "json"}},
        {"worker/answers/bench",
         6,
         {"model", "model/data", "worker/answers"},
         {"std", "io", "fmt", "cli", "torch"}},
        {"worker",
         6,
         {"search/study", "search/problems", "worker/protocol", "model/data", "model/hyperparameters"},
         {"std", "io", "system", "fmt", "json", "boost", "cli"}},
        {"worker/serve",
         7,
         {"search/study", "model", "model/neighbors", "worker", "worker/answers", "worker/answers/options"},
         {"std", "io", "system", "fmt", "json", "boost", "cli"}},
        {"orchestrator",
         4,
         {"search/study", "search", "search/problems", "worker/protocol", "worker/host", "worker/pilot/wire",
          "reports", "model/data", "model/hyperparameters"},
         {"std", "io", "system", "fmt", "json", "boost", "sqlite", "hwloc", "valijson", "zlib"}},
        {"orchestrator/bench",
         5,
         {"orchestrator", "search/study", "search", "search/problems", "worker/protocol"},
         {"std", "io", "system", "fmt", "cli"}},
        {"orchestrator/cli",
         5,
         {"orchestrator", "search/study", "search", "search/problems", "worker/protocol",
          "worker/answers/options", "reports", "model/data", "model/hyperparameters"},
         {"std", "io", "system", "fmt", "json", "cli", "boost"}},
        {"experiments/prepare",
         4,
         {"search/study", "model/data"},
         {"std", "io", "system", "fmt", "json", "cli"}},
    };
    return table;
}

const std::vector<Exception>& exceptions() {
    // Only here does a worker meet LibTorch; the rest of it is built and tested without.
    static const std::vector<Exception> table = {
        {"worker", {"object2vec_", "torch_"}, {"model", "model/evaluation"}, {"torch"}},
        {"worker", {"main.cpp"}, {"worker/answers", "worker/answers/options"}, {}}};
    return table;
}

std::string package_of(std::string_view header) {
    struct Prefix {
        std::string_view begins;
        std::string_view package;
    };
    static constexpr Prefix packages[] = {
        {"torch/", "torch"},      {"ATen/", "torch"},        {"c10/", "torch"},
        {"caffe2/", "torch"},     {"boost/", "boost"},       {"openssl/", "openssl"},
        {"SQLiteCpp/", "sqlite"}, {"sqlite3.h", "sqlite"},   {"hwloc", "hwloc"},
        {"fmt/", "fmt"},          {"CLI/", "cli"},           {"nlohmann/json_fwd.hpp", "json_fwd"},
        {"nlohmann/", "json"},    {"valijson/", "valijson"}, {"simdjson", "simdjson"},
        {"xxh", "xxhash"},        {"Eigen/", "eigen"},       {"nlopt", "nlopt"},
        {"omp.h", "openmp"},      {"faiss/", "faiss"},       {"zlib.h", "zlib"},
        {"gtest/", "gtest"},      {"gmock/", "gtest"},       {"sys/", "system"},
        {"net/", "system"},       {"netinet/", "system"},    {"arpa/", "system"},
        {"linux/", "system"},     {"filesystem", "io"},      {"fstream", "io"},
        {"thread", "io"},         {"mutex", "io"},           {"condition_variable", "io"},
    };
    for (const Prefix& prefix : packages) {
        if (header.starts_with(prefix.begins)) return std::string(prefix.package);
    }
    static const std::set<std::string_view> system = {
        "dirent.h",  "dlfcn.h", "errno.h",  "fcntl.h",  "ifaddrs.h",   "immintrin.h", "netdb.h",  "poll.h",
        "pthread.h", "pwd.h",   "sched.h",  "signal.h", "spawn.h",     "stdio.h",     "stdlib.h", "string.h",
        "termios.h", "time.h",  "malloc.h", "unistd.h", "xmmintrin.h", "pmmintrin.h", "pty.h",    "link.h"};
    if (system.contains(header)) return "system";
    if (header.find_first_of("./") == std::string_view::npos) return "std";
    return "";
}

std::vector<Include> includes_of(std::string_view source) {
    std::vector<Include> found;
    int number = 0;
    std::istringstream lines{std::string(source)};
    for (std::string line; std::getline(lines, line);) {
        ++number;
        std::size_t at = line.find_first_not_of(" \t");
        if (at == std::string::npos || line[at] != '#') continue;
        at = line.find_first_not_of(" \t", at + 1);
        if (at == std::string::npos || line.compare(at, 7, "include") != 0) continue;
        at = line.find_first_of("<\"", at);
        if (at == std::string::npos) continue;  // a macro: not ours
        const bool quoted = line[at] == '"';
        const std::size_t end = line.find(quoted ? '"' : '>', at + 1);
        if (end != std::string::npos) found.push_back({number, quoted, line.substr(at + 1, end - at - 1)});
    }
    return found;
}

namespace {

bool contains(const std::vector<std::string>& list, std::string_view item) {
    return std::find(list.begin(), list.end(), item) != list.end();
}

const Room* room_of(const std::string& file) {
    const std::string folder = fs::path(file).parent_path().string();
    const auto found =
        std::find_if(rooms().begin(), rooms().end(), [&](const Room& r) { return r.folder == folder; });
    return found == rooms().end() ? nullptr : &*found;
}

const Exception* exception_of(const Room& room, const std::string& file) {
    const std::string name = fs::path(file).filename().string();
    for (const Exception& exception : exceptions()) {
        for (const std::string& prefix : exception.file_prefixes) {
            if (exception.folder == room.folder && name.starts_with(prefix)) return &exception;
        }
    }
    return nullptr;
}

// What is wrong with one include; "" when nothing is.
std::string fault(const fs::path& root, const Room& room, const Exception* exception,
                  const Include& include) {
    if (!include.quoted) {
        const std::string package = package_of(include.header);
        if (package.empty())
            return "<" + include.header + "> is of no package that tests/architecture/rooms.cpp knows";
        const bool forward = package == "json_fwd" && contains(room.packages, "json");
        if (forward || contains(room.packages, package)) return "";
        if (exception != nullptr && contains(exception->packages, package)) return "";
        return "<" + include.header + "> (" + package + ") is not for " + room.folder;
    }
    if (!fs::exists(root / include.header)) {
        return "\"" + include.header + "\" is not a path from the top of the source tree";
    }
    const Room* other = room_of(include.header);
    if (other == nullptr) return "\"" + include.header + "\" lies in no room";
    if (other == &room || contains(room.rooms, other->folder)) return "";
    if (exception != nullptr && contains(exception->rooms, other->folder)) return "";
    return "\"" + include.header + "\": " + room.folder + " may not include " + other->folder;
}

}  // namespace

std::vector<std::string> faults(const fs::path& root, const std::string& file, std::string_view source) {
    const Room* room = room_of(file);
    if (room == nullptr) return {file + ": lies in no room; tests/architecture/rooms.cpp lists them"};
    std::vector<std::string> found;
    const Exception* exception = exception_of(*room, file);
    for (const Include& include : includes_of(source)) {
        const std::string message = fault(root, *room, exception, include);
        if (!message.empty()) found.push_back(file + ":" + std::to_string(include.line) + ": " + message);
    }
    return found;
}

std::vector<std::string> source_files(const fs::path& root) {
    std::vector<std::string> files;
    for (auto entry = fs::recursive_directory_iterator(root); entry != fs::recursive_directory_iterator();
         ++entry) {
        const std::string name = entry->path().filename().string();
        const std::string relative = entry->path().lexically_relative(root).string();
        if (entry->is_directory()) {
            const bool skipped = name.starts_with('.') || relative == "build" || relative == "tests" ||
                                 relative == "runs" || relative == "experiments/data";
            if (skipped) entry.disable_recursion_pending();
        } else if (name.ends_with(".hpp") || name.ends_with(".cpp")) {
            files.push_back(relative);
        }
    }
    std::sort(files.begin(), files.end());
    return files;
}

}  // namespace o2v::architecture
