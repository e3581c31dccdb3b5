#include "orchestrator/slot_locks.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <sstream>
#include <thread>
#include <utility>

#include "orchestrator/machine.hpp"
#include "search/study/errors.hpp"

namespace o2v::orchestrator {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr const char* kGate = "gate";
// Whoever looks at the locks or takes some holds the gate, for less than a millisecond.
constexpr std::chrono::seconds kLongestWait{5};
constexpr std::chrono::milliseconds kPoll{2};

// Makes the folder for all users where it is missing. "" or why it cannot be used.
std::string prepare_folder(const std::string& folder) {
    if (mkdir(folder.c_str(), 0777) == 0) {
        chmod(folder.c_str(), 01777);
        return "";
    }
    if (errno != EEXIST) return std::strerror(errno);
    struct stat status;
    if (lstat(folder.c_str(), &status) != 0) return std::strerror(errno);
    if (!S_ISDIR(status.st_mode)) return "is no folder";
    return access(folder.c_str(), W_OK | X_OK) == 0 ? "" : std::strerror(errno);
}

// -1 and errno when it cannot be had. A file that is there is never opened with O_CREAT: the kernel refuses
// that for another user's file in a sticky folder (fs.protected_regular). A link is not followed.
int open_file(const std::string& path) {
    constexpr int kFlags = O_RDWR | O_CLOEXEC | O_NOFOLLOW;
    for (int tries = 0; tries < 3; ++tries) {
        int fd = open(path.c_str(), kFlags);
        if (fd >= 0 || errno != ENOENT) return fd;
        fd = open(path.c_str(), kFlags | O_CREAT | O_EXCL, 0666);
        if (fd >= 0) {
            fchmod(fd, 0666);
            return fd;
        }
        if (errno != EEXIST) return fd;
    }
    return -1;
}

class File {
  public:
    explicit File(int fd) : fd_(fd) {}
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    ~File() {
        if (fd_ >= 0) close(fd_);
    }
    bool is_open() const { return fd_ >= 0; }
    bool lock(int how) const { return flock(fd_, how | LOCK_NB) == 0; }
    int fd() const { return fd_; }
    int release() { return std::exchange(fd_, -1); }

  private:
    int fd_;
};

void pass(const File& gate, const std::string& folder) {
    const auto deadline = Clock::now() + kLongestWait;
    while (!gate.lock(LOCK_EX)) {
        if (Clock::now() > deadline)
            throw StorageError(folder + "/" + kGate + ": another process holds it and does not let go");
        std::this_thread::sleep_for(kPoll);
    }
}

Holder read_holder(int fd) {
    std::array<char, 512> text{};
    const ssize_t size = pread(fd, text.data(), text.size() - 1, 0);
    std::istringstream lines(std::string(text.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))));
    Holder holder;
    std::getline(lines, holder.process);
    std::getline(lines, holder.study);
    const std::string here = host_name() + ':';
    if (holder.process.starts_with(here)) holder.process.erase(0, here.size());
    if (holder.process.empty()) holder.process = "unknown";
    return holder;
}

// REQUIRES: the gate is held.
Holders look(const std::string& folder) {
    Holders holders;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(folder, error)) {
        const std::string name = entry.path().filename().string();
        if (!name.starts_with("core-") && !name.starts_with("gpu-")) continue;
        const File file(open(entry.path().c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
        if (file.is_open() && !file.lock(LOCK_SH)) holders[name] = read_holder(file.fd());
    }
    return holders;
}

}  // namespace

std::string lock_folder() {
    if (const char* named = std::getenv("O2V_LOCKS"); named && *named) return named;
    constexpr const char* kUsual = "/run/lock/o2v-tune";
    return prepare_folder(kUsual).empty() ? kUsual : "/tmp/o2v-tune-locks";
}

Holders current_holders(const std::string& folder) {
    const File gate(open((folder + "/" + kGate).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!gate.is_open()) return {};
    pass(gate, folder);
    return look(folder);
}

SlotLocks::SlotLocks(SlotLocks&& other) noexcept : files_(std::exchange(other.files_, {})) {}

SlotLocks::~SlotLocks() {
    for (const int fd : files_) close(fd);
}

TakenSlots take_slots(const Resources& resources, const Topology& topology, const std::string& study,
                      bool share, const std::string& folder) {
    std::string trouble = prepare_folder(folder);
    const File gate(trouble.empty() ? open_file(folder + "/" + kGate) : -1);
    if (trouble.empty() && !gate.is_open()) trouble = std::strerror(errno);
    if (trouble.empty()) pass(gate, folder);
    TakenSlots taken{lease_slots(resources, topology, share || !trouble.empty() ? Holders{} : look(folder)),
                     {}};
    const std::string holder = host_name() + ':' + std::to_string(getpid()) + '\n' + study + '\n';
    for (const Slot& slot : taken.lease.slots)
        for (const std::string& name : slot.locks) {
            if (!trouble.empty()) break;
            File file(open_file(folder + '/' + name));
            if (!file.is_open()) {
                trouble = name + ": " + std::strerror(errno);
                break;
            }
            if (!file.lock(LOCK_EX)) continue;  // shared, or the GPU of an earlier slot of this run
            if (ftruncate(file.fd(), 0) != 0 ||
                pwrite(file.fd(), holder.data(), holder.size(), 0) != static_cast<ssize_t>(holder.size()))
                trouble = name + ": " + std::strerror(errno);
            taken.locks.add(file.release());
        }
    if (!trouble.empty())
        taken.lease.notes.push_back("other runs on this machine cannot be told which cores this one has: " +
                                    folder + " (" + trouble + ")");
    return taken;
}

}  // namespace o2v::orchestrator
