#include "orchestrator/run_folder.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <thread>

#include "model/data/durable_file.hpp"
#include "orchestrator/machine.hpp"
#include "search/study/errors.hpp"

namespace o2v::orchestrator {
namespace {

namespace fs = std::filesystem;
constexpr const char* kRuns = "runs";

std::string lock_path(const RunFolder& folder) {
    return folder.path() + "/run.lock";
}

std::string read_holder(int fd) {
    std::array<char, 512> text{};
    const ssize_t size = pread(fd, text.data(), text.size() - 1, 0);
    return size > 0 ? std::string(text.data(), static_cast<std::size_t>(size)) : "another process";
}

// Who asks for the holder (status, a dashboard) holds the lock for a moment, too.
bool lock_patiently(int fd) {
    for (int i = 0; i < 10; ++i) {
        if (flock(fd, LOCK_EX | LOCK_NB) == 0) return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return false;
}

}  // namespace

RunFolder::RunFolder(std::string path) : path_(fs::absolute(path).lexically_normal().string()) {
    while (path_.size() > 1 && path_.back() == '/') path_.pop_back();
}

std::string RunFolder::trial(TrialId id) const {
    return path_ + "/checkpoints/trial-" + std::to_string(id);
}

bool RunFolder::has_study() const {
    std::error_code unreadable;
    return fs::is_regular_file(database(), unreadable);
}

void RunFolder::create() const {
    for (const std::string& folder : {path_, path_ + "/checkpoints", logs(), models()}) {
        std::error_code error;
        fs::create_directories(folder, error);
        if (error) throw storage_error(folder, "cannot be created", error.value());
    }
    data::sync_folder(path_);
    data::sync_folder(fs::path(path_).parent_path().string());
}

RunLock::RunLock(const RunFolder& folder) : RunLock(lock_path(folder), folder.path()) {}

std::unique_ptr<RunLock> RunLock::of_database(const std::string& path) {
    const fs::path file = fs::absolute(path);
    if (file.filename() == "study.db")
        return std::make_unique<RunLock>(RunFolder(file.parent_path().string()));
    return std::unique_ptr<RunLock>(new RunLock(file.string() + ".lock", path));
}

RunLock::RunLock(const std::string& file, const std::string& study) {
    fd_ = open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (fd_ < 0) throw storage_error(file, "cannot be written", errno);
    if (!lock_patiently(fd_)) {
        const std::string holder = read_holder(fd_);
        close(fd_);
        throw StorageError(study + ": the study is being run by " + holder +
                           " already; `o2v-tune status` shows it");
    }
    const std::string holder = host_name() + ":" + std::to_string(getpid());
    if (ftruncate(fd_, 0) != 0 || pwrite(fd_, holder.data(), holder.size(), 0) < 0) {
        const int error = errno;
        close(fd_);
        throw storage_error(file, "cannot be written", error);
    }
}

RunLock::~RunLock() {
    close(fd_);
}

std::string RunLock::holder(const RunFolder& folder) {
    const int fd = open(lock_path(folder).c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return "";
    std::string holder;
    if (flock(fd, LOCK_SH | LOCK_NB) != 0) holder = read_holder(fd);
    close(fd);
    return holder;
}

std::string set_aside(const RunFolder& folder) {
    const RunLock lock(folder);
    std::string aside;
    for (int number = 1; aside.empty() || fs::exists(aside); ++number)
        aside = folder.path() + '.' + std::to_string(number);
    std::error_code error;
    fs::rename(folder.path(), aside, error);
    if (error) throw storage_error(folder.path(), "cannot be moved to " + aside, error.value());
    return aside;
}

std::vector<RunFolder> list_runs() {
    std::vector<RunFolder> runs;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(kRuns, error))
        if (RunFolder folder(entry.path().string()); folder.has_study()) runs.push_back(std::move(folder));
    const auto changed = [](const RunFolder& folder) {
        std::error_code ignored;
        const auto database = fs::last_write_time(folder.database(), ignored);
        const std::string log = folder.database() + "-wal";
        // An empty log is one that a reader has made, and no change.
        return fs::file_size(log, ignored) > 0 && !ignored
                   ? std::max(database, fs::last_write_time(log, ignored))
                   : database;
    };
    std::sort(runs.begin(), runs.end(),
              [&](const RunFolder& a, const RunFolder& b) { return changed(a) > changed(b); });
    return runs;
}

RunFolder find_run(const std::string& run) {
    if (run.empty()) throw InputError("the study's name", "", "is empty");
    fs::path path = run;
    if (path.filename() == "study.db") path = path.has_parent_path() ? path.parent_path() : fs::path(".");
    for (const fs::path& candidate : {path, fs::path(kRuns) / run})
        if (RunFolder folder(candidate.string()); folder.has_study()) return folder;
    std::vector<std::string> names;
    std::string known;
    for (const RunFolder& folder : list_runs()) {
        names.push_back(fs::path(folder.path()).filename().string());
        known += (known.empty() ? " " : ", ") + names.back();
    }
    const std::string near = nearest_name(run, names);
    throw InputError(
        run, "",
        "is no study's folder" + (near.empty() ? "" : "; did you mean " + near + "?") +
            (known.empty() ? "; there are no studies under runs/ here" : "; under runs/ there are" + known));
}

}  // namespace o2v::orchestrator
