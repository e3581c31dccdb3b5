// A file layer that fails, for LD_PRELOAD: calls that change files below a folder fail at random, as a full
// disk, a broken one or a power cut makes them. It works under any program of this machine's C library that
// makes its calls through it (SQLite, the C++ streams).
//
//   O2V_FAULTY_FOLDER   absolute path; nothing outside of it is touched
//   O2V_FAULTY_SEED     of the generator (0); each program has a stream of its own
//   O2V_FAULTY_RATE     probability that a call fails (0)
//   O2V_FAULTY_KINDS    of these, one is drawn for each fault (torn):
//                       torn   a write puts down only a beginning of its bytes, any other call does or does
//                              not happen; then the process is killed, with SIGKILL
//                       full   ENOSPC, for writes after a part of the bytes or none; the next write to that
//                              file fails, too
//                       io     EIO
//   O2V_FAULTY_PROGRAM  file name of the one program in which calls fail; all of them when absent
//   O2V_FAULTY_MOST     no more faults once the log has so many lines (no limit)
//   O2V_FAULTY_LOG      a line is appended for each fault: program, process, kind, call, file
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

namespace {

enum class Kind { torn, full, io };
constexpr std::array kNames{"torn", "full", "io"};

std::string environment(const char* name) {
    const char* const value = getenv(name);
    return value == nullptr ? "" : value;
}

std::string program_name() {
    std::array<char, PATH_MAX> path{};
    const ssize_t size = readlink("/proc/self/exe", path.data(), path.size() - 1);
    const std::string text(path.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
    return text.substr(text.rfind('/') + 1);
}

class Layer {
  public:
    Layer()
        : program_(program_name()),
          folder_(environment("O2V_FAULTY_FOLDER")),
          log_(environment("O2V_FAULTY_LOG")),
          rate_(strtod(environment("O2V_FAULTY_RATE").c_str(), nullptr)),
          state_(strtoull(environment("O2V_FAULTY_SEED").c_str(), nullptr, 10)) {
        const std::string only = environment("O2V_FAULTY_PROGRAM"), most = environment("O2V_FAULTY_MOST");
        active_ = !folder_.empty() && rate_ > 0 && (only.empty() || only == program_);
        if (!most.empty()) most_ = strtoll(most.c_str(), nullptr, 10);
        std::string kinds = environment("O2V_FAULTY_KINDS");
        if (kinds.empty()) kinds = "torn";
        for (std::size_t i = 0; i < kNames.size(); ++i)
            if (("," + kinds + ",").find("," + std::string(kNames[i]) + ",") != std::string::npos)
                kinds_.push_back(static_cast<Kind>(i));
        active_ = active_ && !kinds_.empty();
        for (const char c : program_) state_ = state_ * 1099511628211U + static_cast<unsigned char>(c);
    }

    bool active() const { return active_; }
    // Is the file, given by its path, below the folder?
    bool covers(const char* path) const {
        if (!active_ || path == nullptr) return false;
        std::string whole = path;
        if (whole.empty() || whole.front() != '/') {
            std::array<char, PATH_MAX> here{};
            if (syscall(SYS_getcwd, here.data(), here.size()) < 0) return false;
            whole = std::string(here.data()) + '/' + whole;
        }
        return whole.compare(0, folder_.size() + 1, folder_ + '/') == 0;
    }
    // The path behind a descriptor that is below the folder; else "".
    std::string covered(int fd) const {
        if (!active_) return "";
        const int before = errno;
        std::array<char, PATH_MAX> path{};
        const std::string link = "/proc/self/fd/" + std::to_string(fd);
        const ssize_t size = readlink(link.c_str(), path.data(), path.size() - 1);
        errno = before;
        return size > 0 && covers(path.data()) ? path.data() : "";
    }
    // Shall this call fail, and how? It is then in the log.
    bool fails(const char* call, const std::string& path, Kind& kind) {
        const std::lock_guard lock(mutex_);
        if (static_cast<double>(next() >> 11) * 0x1p-53 >= rate_ || enough()) return false;
        kind = kinds_[next() % kinds_.size()];
        say(call, path, kind);
        return true;
    }
    std::size_t below(std::size_t bound) {
        const std::lock_guard lock(mutex_);
        return bound == 0 ? 0 : next() % bound;
    }
    // Is the next write to this descriptor doomed by one before it?
    bool doomed(int fd) {
        const std::lock_guard lock(mutex_);
        const auto found = std::find(doomed_.begin(), doomed_.end(), fd);
        if (found == doomed_.end()) return false;
        doomed_.erase(found);
        return true;
    }
    void doom(int fd) {
        const std::lock_guard lock(mutex_);
        doomed_.push_back(fd);
    }

  private:
    // SplitMix64 (Steele, Lea, Flood 2014).
    std::uint64_t next() {
        std::uint64_t z = state_ += 0x9e3779b97f4a7c15U;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
        return z ^ (z >> 31);
    }
    bool enough() const {
        if (most_ < 0 || log_.empty()) return false;
        const long file = syscall(SYS_openat, AT_FDCWD, log_.c_str(), O_RDONLY | O_CLOEXEC, 0);
        if (file < 0) return most_ == 0;
        long long lines = 0;
        std::array<char, 4096> block;
        for (long got; (got = syscall(SYS_read, file, block.data(), block.size())) > 0;)
            lines += std::count(block.begin(), block.begin() + got, '\n');
        syscall(SYS_close, file);
        return lines >= most_;
    }
    void say(const char* call, const std::string& path, Kind kind) const {
        if (log_.empty()) return;
        const std::string line = program_ + ' ' + std::to_string(syscall(SYS_getpid)) + ' ' +
                                 kNames[static_cast<std::size_t>(kind)] + ' ' + call + ' ' + path + '\n';
        const long file =
            syscall(SYS_openat, AT_FDCWD, log_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
        if (file < 0) return;
        syscall(SYS_write, file, line.data(), line.size());
        syscall(SYS_close, file);
    }

    std::string program_, folder_, log_;
    double rate_;
    std::uint64_t state_;
    bool active_ = false;
    long long most_ = -1;
    std::vector<Kind> kinds_;
    std::vector<int> doomed_;
    std::mutex mutex_;
};

Layer& layer() {
    static Layer* const one = new Layer;  // also for calls after the end of main
    return *one;
}

[[noreturn]] void die() {
    for (;;) syscall(SYS_kill, syscall(SYS_getpid), SIGKILL);
}

ssize_t refuse(int error) {
    errno = error;
    return -1;
}

// `put(n)` writes the first n bytes of `size`.
template <class Put>
ssize_t faulty_write(const char* call, int fd, std::size_t size, Put put) {
    const std::string path = layer().covered(fd);
    if (path.empty()) return put(size);
    if (layer().doomed(fd)) return refuse(ENOSPC);
    Kind kind{};
    if (!layer().fails(call, path, kind)) return put(size);
    if (kind == Kind::io) return refuse(EIO);
    const std::size_t part = layer().below(size);
    if (part > 0) put(part);
    if (kind == Kind::torn) die();
    if (part == 0) return refuse(ENOSPC);
    layer().doom(fd);
    return static_cast<ssize_t>(part);
}

// A call that is done whole or not at all.
template <class Do>
auto faulty_call(const char* call, const std::string& path, int full_errno, Do act) -> decltype(act()) {
    Kind kind{};
    if (path.empty() || !layer().fails(call, path, kind)) return act();
    if (kind == Kind::torn) {
        if (layer().below(2) == 1) act();
        die();
    }
    errno = kind == Kind::full ? full_errno : EIO;
    return -1;
}

std::string covered_path(const char* path) {
    return layer().covers(path) ? path : "";
}

int faulty_open(const char* call, const char* path, int flags, mode_t mode) {
    const auto act = [&] { return static_cast<int>(syscall(SYS_openat, AT_FDCWD, path, flags, mode)); };
    struct stat status {};
    const bool creates = (flags & O_CREAT) != 0 && layer().covers(path) && stat(path, &status) != 0;
    return faulty_call(call, creates ? path : "", ENOSPC, act);
}

}  // namespace

extern "C" {

ssize_t write(int fd, const void* bytes, size_t size) {
    return faulty_write("write", fd, size, [&](size_t n) { return syscall(SYS_write, fd, bytes, n); });
}
ssize_t pwrite(int fd, const void* bytes, size_t size, off_t at) {
    return faulty_write("pwrite", fd, size,
                        [&](size_t n) { return syscall(SYS_pwrite64, fd, bytes, n, at); });
}
ssize_t pwrite64(int fd, const void* bytes, size_t size, off64_t at) {
    return faulty_write("pwrite", fd, size,
                        [&](size_t n) { return syscall(SYS_pwrite64, fd, bytes, n, at); });
}
ssize_t writev(int fd, const struct iovec* parts, int count) {
    size_t size = 0;
    for (int i = 0; i < count; ++i) size += parts[i].iov_len;
    return faulty_write("writev", fd, size, [&](size_t n) -> ssize_t {
        if (n == size) return syscall(SYS_writev, fd, parts, count);
        std::vector<iovec> first(parts, parts + count);
        for (iovec& part : first) {
            part.iov_len = std::min(part.iov_len, n);
            n -= part.iov_len;
        }
        return syscall(SYS_writev, fd, first.data(), count);
    });
}
int fsync(int fd) {
    return faulty_call("fsync", layer().covered(fd), EIO,
                       [&] { return static_cast<int>(syscall(SYS_fsync, fd)); });
}
int fdatasync(int fd) {
    return faulty_call("fdatasync", layer().covered(fd), EIO,
                       [&] { return static_cast<int>(syscall(SYS_fdatasync, fd)); });
}
int ftruncate(int fd, off_t size) {
    return faulty_call("ftruncate", layer().covered(fd), ENOSPC,
                       [&] { return static_cast<int>(syscall(SYS_ftruncate, fd, size)); });
}
int ftruncate64(int fd, off64_t size) {
    return faulty_call("ftruncate", layer().covered(fd), ENOSPC,
                       [&] { return static_cast<int>(syscall(SYS_ftruncate, fd, size)); });
}
int rename(const char* from, const char* to) {
    return faulty_call("rename", covered_path(to), ENOSPC, [&] {
        return static_cast<int>(syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0));
    });
}
int renameat2(int from_folder, const char* from, int to_folder, const char* to, unsigned flags) {
    return faulty_call("renameat2", covered_path(to), ENOSPC, [&] {
        return static_cast<int>(syscall(SYS_renameat2, from_folder, from, to_folder, to, flags));
    });
}
int open(const char* path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    const mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(more, mode_t) : 0;
    va_end(more);
    return faulty_open("open", path, flags, mode);
}
int open64(const char* path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    const mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(more, mode_t) : 0;
    va_end(more);
    return faulty_open("open", path, flags | O_LARGEFILE, mode);
}

}  // extern "C"
