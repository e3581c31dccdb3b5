#include "worker/guard.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <system_error>

namespace o2v::worker {
namespace {

constexpr int kRounds = 20;  // a process that is forked while others are killed is found in the next

// Does the environment that the process began with hold the mark?
bool carries(const char* process, const std::string& mark) {
    const std::string path = std::string("/proc/") + process + "/environ";
    const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return false;
    std::string text;
    std::array<char, 1 << 14> chunk;
    for (ssize_t size = 0; (size = read(file, chunk.data(), chunk.size())) > 0;)
        text.append(chunk.data(), static_cast<std::size_t>(size));
    close(file);
    return text.find(mark) != std::string::npos;
}

// Kills every process that carries the mark; returns how many there were.
int kill_marked(const std::string& mark) {
    int killed = 0;
    DIR* folder = opendir("/proc");
    if (!folder) return 0;
    while (const dirent* entry = readdir(folder)) {
        const long process = std::strtol(entry->d_name, nullptr, 10);
        if (process > 1 && process != getpid() && carries(entry->d_name, mark))
            killed += kill(static_cast<pid_t>(process), SIGKILL) == 0 ? 1 : 0;
    }
    closedir(folder);
    return killed;
}

[[noreturn]] void watch(int pipe, const std::string& mark) {
    prctl(PR_SET_NAME, "o2v-guard");
    int group = 0, told = 0;
    for (;;) {
        const ssize_t size = read(pipe, &told, sizeof told);
        if (size == sizeof told)
            group = told;
        else if (size == 0 || errno != EINTR)
            break;
    }
    if (group > 1) {
        kill(-group, SIGKILL);
        for (int i = 0; i < kRounds && kill_marked(mark) > 0; ++i) usleep(1000);
    }
    _exit(0);
}

// Leaves everything of the process it was forked from but the pipe.
void detach(int& pipe) {
    setsid();
    for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) signal(number, SIG_IGN);
    const int null = open("/dev/null", O_RDWR);
    for (const int fd : {0, 1, 2}) dup2(null, fd);
    if (pipe != 3) {
        dup2(pipe, 3);
        pipe = 3;
    }
    close_range(4, ~0U, 0);
    if (chdir("/") != 0) return;
}

std::string own_mark() {
    static const auto begun = std::chrono::steady_clock::now().time_since_epoch().count();
    return "o2v-" + std::to_string(getpid()) + "." + std::to_string(begun) + ".";
}

}  // namespace

Guard::~Guard() {
    if (pipe_ >= 0) close(pipe_);
}

std::string Guard::mark() const {
    return own_mark();
}

bool Guard::tell(pid_t group) {
    const int number = group;
    return write(pipe_, &number, sizeof number) == sizeof number;
}

void Guard::rest() {
    tell(0);
}

void Guard::stand() {
    if (pipe_ >= 0 && tell(0)) return;
    if (pipe_ >= 0) close(pipe_);
    pipe_ = -1;
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
    const std::string mark = own_mark();
    // Forked twice, the guard is no child of the worker, which takes every child that it finds for one of the
    // program's.
    prctl(PR_SET_CHILD_SUBREAPER, 0);
    const pid_t between = fork();
    if (between == 0) {
        if (fork() != 0) _exit(0);
        detach(ends[0]);
        watch(ends[0], mark);
    }
    const int error = errno;
    close(ends[0]);
    pipe_ = ends[1];
    if (between < 0) throw std::system_error(error, std::generic_category(), "fork");
    waitpid(between, nullptr, 0);
}

}  // namespace o2v::worker
