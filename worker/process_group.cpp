#include "worker/process_group.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <system_error>
#include <utility>

namespace o2v::worker {
namespace {

// What the child needs, ready before it exists.
struct Child {
    char* const* arguments;
    char* const* environment;
    const char* folder;
    int null, output, guard;
    int trouble;  // where errno goes when it cannot become the program; closed when it has
    pid_t parent;
};

std::vector<char*> pointers(const std::vector<std::string>& texts) {
    std::vector<char*> list;
    for (const std::string& text : texts) list.push_back(const_cast<char*>(text.c_str()));
    list.push_back(nullptr);
    return list;
}

// Only what is allowed between vfork and exec.
[[noreturn]] void become(const Child& child) {
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != child.parent) _exit(127);
    const int own = getpid();
    if (write(child.guard, &own, sizeof own) != sizeof own) _exit(127);
    dup2(child.null, STDIN_FILENO);
    dup2(child.output, STDOUT_FILENO);
    dup2(child.output, STDERR_FILENO);
    // What is ignored stays ignored in a new program, and a shell could not even trap it.
    for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    if (chdir(child.folder) == 0) execvpe(child.arguments[0], child.arguments, child.environment);
    const int error = errno;
    if (write(child.trouble, &error, sizeof error) < 0) _exit(126);
    _exit(127);
}

// No handler runs in the child, which has this thread's stack. vfork costs the same however large the
// process is. -1 with errno when there is no child.
__attribute__((noinline)) pid_t start(const Child& child) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    const pid_t pid = vfork();
    if (pid == 0) become(child);
    const int error = errno;
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    errno = error;
    return pid;
}

// The living processes whose parent is this one: those whose own parents have gone.
std::vector<pid_t> children() {
    std::vector<pid_t> found;
    DIR* threads = opendir("/proc/self/task");
    if (!threads) return found;
    while (const dirent* entry = readdir(threads)) {
        if (entry->d_name[0] == '.') continue;
        std::ifstream list(std::string("/proc/self/task/") + entry->d_name + "/children");
        for (pid_t child = 0; list >> child;) found.push_back(child);
    }
    closedir(threads);
    return found;
}

// What has left the group and lost its parent has become this process's child.
void end_strays() {
    for (;;) {
        const pid_t gone = waitpid(-1, nullptr, WNOHANG);
        if (gone < 0) return;
        if (gone > 0) continue;
        const std::vector<pid_t> strays = children();
        if (strays.empty()) return;
        for (const pid_t stray : strays) kill(stray, SIGKILL);
        waitpid(strays.front(), nullptr, 0);
    }
}

[[noreturn]] void fail(int error, const std::string& what) {
    throw std::system_error(error, std::generic_category(), what);
}

class Descriptor {
  public:
    explicit Descriptor(int fd = -1) : fd_(fd) {}
    ~Descriptor() { drop(); }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int get() const { return fd_; }
    void drop() {
        if (fd_ >= 0) close(std::exchange(fd_, -1));
    }
    void hold(int fd) {
        drop();
        fd_ = fd;
    }
    int release() { return std::exchange(fd_, -1); }

  private:
    int fd_;
};

struct Pipe {
    Pipe() {
        std::array<int, 2> ends{};
        if (pipe2(ends.data(), O_CLOEXEC) != 0) fail(errno, "pipe");
        from.hold(ends[0]);
        to.hold(ends[1]);
    }
    Descriptor from, to;
};

}  // namespace

ProcessGroup::ProcessGroup(const Launch& launch, Guard& guard) : guard_(guard) {
    guard.stand();
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    Pipe printed, trouble;
    fcntl(printed.from.get(), F_SETFL, O_NONBLOCK);
    const Descriptor null(open("/dev/null", O_RDONLY | O_CLOEXEC));
    const std::vector<char*> arguments = pointers(launch.arguments);
    const std::vector<char*> environment = pointers(launch.environment);
    pid_ = start({arguments.data(), environment.data(), launch.folder.c_str(), null.get(), printed.to.get(),
                  guard.pipe(), trouble.to.get(), getpid()});
    if (pid_ < 0) fail(errno, launch.arguments.front());
    trouble.to.drop();
    if (int error = 0; read(trouble.from.get(), &error, sizeof error) == sizeof error) {
        waitpid(pid_, nullptr, 0);
        guard.rest();
        fail(error, launch.arguments.front());
    }
    exited_ = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
    output_ = printed.from.release();
    if (exited_ >= 0) return;
    const int error = errno;
    end();
    close(output_);
    fail(error, "pidfd_open");
}

ProcessGroup::~ProcessGroup() {
    end();
    close(output_);
    close(exited_);
}

void ProcessGroup::signal(int number) {
    const std::lock_guard lock(mutex_);
    if (pid_ > 0) kill(-pid_, number);
}

int ProcessGroup::end() {
    const std::lock_guard lock(mutex_);
    if (pid_ < 0) return status_;
    // As long as the program has not been waited for, no other group can have its number.
    kill(-pid_, SIGKILL);
    while (waitpid(pid_, &status_, 0) < 0 && errno == EINTR) {
    }
    end_strays();
    pid_ = -1;
    guard_.rest();
    return status_;
}

}  // namespace o2v::worker
