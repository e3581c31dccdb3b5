#include "orchestrator/notification.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <thread>

#include "orchestrator/programs.hpp"
#include "reports/leaderboard.hpp"

namespace o2v::orchestrator {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kNotFound = 127;

// In the child, between fork and exec: nothing here allocates.
[[noreturn]] void become(const char* folder, int log, char** arguments, char** environment) {
    setpgid(0, 0);
    signal(SIGPIPE, SIG_DFL);
    const int nothing = open("/dev/null", O_RDONLY);
    if (chdir(folder) == 0 && dup2(nothing, STDIN_FILENO) >= 0 && dup2(log, STDOUT_FILENO) >= 0 &&
        dup2(log, STDERR_FILENO) >= 0)
        execvpe(arguments[0], arguments, environment);
    _exit(kNotFound);
}

std::optional<std::string> how_it_ended(int status) {
    if (WIFSIGNALED(status))
        return fmt::format("was killed by signal {} ({})", WTERMSIG(status), strsignal(WTERMSIG(status)));
    if (WEXITSTATUS(status) == kNotFound) return "cannot be run, or ended with exit code 127";
    if (WEXITSTATUS(status) != 0) return fmt::format("ended with exit code {}", WEXITSTATUS(status));
    return std::nullopt;
}

}  // namespace

std::vector<std::string> notification_environment(const Study& study, const std::string& folder,
                                                  const RunResult& result) {
    const char* end = result.end == RunEnd::done          ? "done"
                      : result.end == RunEnd::interrupted ? "interrupted"
                                                          : "failed";
    const Trial* best = study.best();
    return {"O2V_STUDY=" + study.spec().name,
            "O2V_FOLDER=" + folder,
            std::string("O2V_END=") + end,
            "O2V_WHY=" + result.why,
            fmt::format("O2V_TRIALS={}", study.ended().size()),
            "O2V_BEST_TRIAL=" + (best ? std::to_string(best->id) : ""),
            "O2V_BEST_VALUE=" + (best ? fmt::format("{}", *best->value(study.spec().goal)) : "")};
}

std::optional<std::string> notify(const Notification& notification) {
    const std::string& program = notification.command.front();
    const auto failed = [&](const std::string& what) {
        return "the command of \"notify\", " + program + ", " + what + " (" + notification.log + ")";
    };
    const int log = open(notification.log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (log < 0) return failed(std::string("is not run: its log cannot be written: ") + std::strerror(errno));
    std::vector<std::string> arguments = notification.command, environment = notification.environment;
    for (char** entry = environ; *entry; ++entry) environment.emplace_back(*entry);
    const std::vector<char*> argv = pointers_to(arguments), envp = pointers_to(environment);
    const pid_t child = fork();
    if (child == 0)
        become(notification.folder.c_str(), log, const_cast<char**>(argv.data()),
               const_cast<char**>(envp.data()));
    close(log);
    if (child < 0) return failed(std::string("cannot be started: ") + std::strerror(errno));

    const auto deadline = Clock::now() + notification.at_most;
    int status = 0;
    while (waitpid(child, &status, WNOHANG) == 0) {
        if (Clock::now() >= deadline) {
            kill(-child, SIGKILL);
            waitpid(child, &status, 0);
            return failed(fmt::format(
                "took longer than {} and was killed",
                reports::duration_text(std::chrono::duration<double>(notification.at_most).count())));
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    const auto how = how_it_ended(status);
    return how ? std::optional(failed(*how)) : std::nullopt;
}

}  // namespace o2v::orchestrator
