#include "orchestrator/cli/detached.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "model/data/durable_file.hpp"
#include "model/data/shown_path.hpp"
#include "orchestrator/cli/commands.hpp"
#include "orchestrator/log_file.hpp"
#include "orchestrator/programs.hpp"
#include "search/study/errors.hpp"

namespace o2v::cli {
namespace {

namespace fs = std::filesystem;
namespace orc = o2v::orchestrator;

// It may check large data before it begins.
constexpr std::chrono::minutes kTimeToBegin{10};
constexpr std::chrono::milliseconds kLook{100};

std::vector<std::string> own_arguments() {
    std::istringstream line(data::read_whole("/proc/self/cmdline"));
    std::vector<std::string> arguments;
    for (std::string argument; std::getline(line, argument, '\0');)
        if (argument != "--detach" && !argument.starts_with("--detach=")) arguments.push_back(argument);
    return arguments;
}

// In the child, which ends here.
[[noreturn]] void go_on_alone(std::vector<std::string> arguments, int log) {
    setsid();
    dup2(open("/dev/null", O_RDONLY | O_CLOEXEC), 0);
    dup2(log, 1);
    dup2(log, 2);
    try {
        arguments.front() = fs::read_symlink("/proc/self/exe");
        orc::become(std::move(arguments));
    } catch (const std::exception& e) {
        fmt::print(stderr, "{}\n", e.what());
        std::fflush(stderr);
    }
    _exit(kFailed);
}

}  // namespace

int run_detached(const orc::RunFolder& folder) {
    if (const std::string holder = orc::RunLock::holder(folder); !holder.empty())
        throw StorageError(folder.path() + ": is being run by process " + holder);
    folder.create();
    const std::string log_path = folder.logs() + "/run.log";
    const orc::LogFile log(log_path);
    const off_t begin = lseek(log.handle(), 0, SEEK_END);
    const std::vector<std::string> arguments = own_arguments();
    const pid_t child = fork();
    if (child < 0) throw storage_error("a process", "cannot be started", errno);
    if (child == 0) go_on_alone(arguments, log.handle());

    const std::string shown = data::shown_path(folder.path());
    const auto deadline = std::chrono::steady_clock::now() + kTimeToBegin;
    int status = 0;
    while (waitpid(child, &status, WNOHANG) == 0) {
        const bool runs = !orc::RunLock::holder(folder).empty();
        if (runs || std::chrono::steady_clock::now() > deadline) {
            fmt::print(
                "{} in the background as process {}\n"
                "  watch   o2v-tune status {} --watch     (or: o2v-tune dashboard; tail -f {})\n"
                "  end     o2v-tune stop {}\n",
                runs ? "runs" : "begins", child, shown, data::shown_path(log_path), shown);
            return kDone;
        }
        std::this_thread::sleep_for(kLook);
    }
    fmt::print(stderr, "{}", data::read_whole(log_path).substr(static_cast<std::size_t>(begin)));
    return WIFEXITED(status) ? WEXITSTATUS(status) : kFailed;
}

}  // namespace o2v::cli
