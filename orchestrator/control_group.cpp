#include "orchestrator/control_group.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace o2v::orchestrator {
namespace {

namespace fs = std::filesystem;

// A limit of version 1 that is none.
constexpr std::int64_t kUnlimited = std::int64_t{1} << 60;

std::vector<std::string> and_above(const fs::path& root, const std::string& group) {
    std::vector<std::string> folders;
    for (fs::path part = fs::path(group).relative_path();; part = part.parent_path()) {
        folders.push_back((root / part).string());
        if (part.empty()) return folders;
    }
}

bool lists(const std::string& controllers, const std::string& name) {
    std::istringstream list(controllers);
    for (std::string one; std::getline(list, one, ',');)
        if (one == name) return true;
    return false;
}

template <class T>
void tighten(std::optional<T>& limit, T other) {
    limit = limit ? std::min(*limit, other) : other;
}

}  // namespace

ControlGroup ControlGroup::own() {
    std::ifstream file("/proc/self/cgroup");
    std::stringstream text;
    text << file.rdbuf();
    return {text.str(), "/sys/fs/cgroup"};
}

ControlGroup::ControlGroup(const std::string& membership, const std::string& root) {
    const auto add = [](std::vector<std::string>& to, const std::vector<std::string>& folders) {
        to.insert(to.end(), folders.begin(), folders.end());
    };
    std::istringstream lines(membership);
    for (std::string line; std::getline(lines, line);) {
        const std::size_t first = line.find(':'), second = line.find(':', first + 1);
        if (first == std::string::npos || second == std::string::npos) continue;
        const std::string controllers = line.substr(first + 1, second - first - 1);
        const std::string group = line.substr(second + 1);
        if (controllers.empty()) {
            add(cpu_, and_above(root, group));
            add(memory_, and_above(root, group));
        }
        if (lists(controllers, "cpu")) add(cpu_, and_above(fs::path(root) / "cpu", group));
        if (lists(controllers, "memory")) add(memory_, and_above(fs::path(root) / "memory", group));
    }
}

std::optional<double> ControlGroup::cpus() const {
    std::optional<double> limit;
    for (const std::string& folder : cpu_) {
        double quota = 0, period = 0;
        if (std::ifstream(folder + "/cpu.max") >> quota >> period && quota > 0 && period > 0)
            tighten(limit, quota / period);
        if (std::ifstream(folder + "/cpu.cfs_quota_us") >> quota &&
            std::ifstream(folder + "/cpu.cfs_period_us") >> period && quota > 0 && period > 0)
            tighten(limit, quota / period);
    }
    return limit;
}

std::optional<std::int64_t> ControlGroup::memory() const {
    std::optional<std::int64_t> limit;
    for (const std::string& folder : memory_)
        for (const char* file : {"/memory.max", "/memory.limit_in_bytes"}) {
            std::int64_t bytes = 0;
            if (std::ifstream(folder + file) >> bytes && bytes > 0 && bytes < kUnlimited)
                tighten(limit, bytes);
        }
    return limit;
}

}  // namespace o2v::orchestrator
