#include "tests/process/program.hpp"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

namespace o2v {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kPoll = std::chrono::milliseconds(10);

std::string contents(const std::string& path) {
    std::ifstream file(path);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

void redirect(const std::string& path, int fd) {
    const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    dup2(file, fd);
    close(file);
}

}  // namespace

void move_into(const std::string& folder) {
    const auto set = [&](const char* name, const char* inside) {
        return setenv(name, (folder + inside).c_str(), 1) == 0;
    };
    if (chdir(folder.c_str()) != 0 || !set("O2V_CACHE_DIR", "/cache") || !set("O2V_LOCKS", "/locks") ||
        !set("O2V_POWERCAP", "/powercap"))
        _exit(126);
}

Program::Program(const std::string& folder, const std::vector<std::string>& arguments) {
    static std::atomic<int> number{0};
    const std::string name = folder + "/program-" + std::to_string(number++);
    out_ = name + ".out";
    err_ = name + ".err";
    std::vector<char*> argv;
    for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    pid_ = fork();
    if (pid_ != 0) return;
    setpgid(0, 0);
    move_into(folder);
    redirect(out_, STDOUT_FILENO);
    redirect(err_, STDERR_FILENO);
    close(STDIN_FILENO);
    open("/dev/null", O_RDONLY);
    execv(argv[0], argv.data());
    _exit(127);
}

Program::~Program() {
    if (running()) signal(SIGKILL);
    if (!done_) collect(0);
}

void Program::signal(int number) const {
    kill(pid_, number);
}

bool Program::collect(int options) {
    if (!done_ && waitpid(pid_, &status_, options) == pid_) done_ = true;
    return done_;
}

bool Program::running() {
    return !collect(WNOHANG);
}

Finished Program::wait() {
    const auto deadline = Clock::now() + std::chrono::minutes(2);
    while (running()) {
        if (Clock::now() > deadline) signal(SIGKILL);
        std::this_thread::sleep_for(kPoll);
    }
    const int code = WIFSIGNALED(status_) ? 128 + WTERMSIG(status_) : WEXITSTATUS(status_);
    return {code, contents(out_), contents(err_)};
}

std::string Program::output() const {
    return contents(out_);
}

bool Program::wait_for(const std::string& text) {
    const auto deadline = Clock::now() + std::chrono::seconds(30);
    while (output().find(text) == std::string::npos) {
        if (!running() || Clock::now() > deadline) return output().find(text) != std::string::npos;
        std::this_thread::sleep_for(kPoll);
    }
    return true;
}

std::vector<std::string> tune(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), O2V_BIN_DIR "/o2v-tune");
    return arguments;
}

Finished run_tune(const std::string& folder, std::vector<std::string> arguments) {
    return Program(folder, tune(std::move(arguments))).wait();
}

std::vector<pid_t> children_of(pid_t pid) {
    std::vector<pid_t> children;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
        const std::string name = entry.path().filename().string();
        if (name.find_first_not_of("0123456789") != std::string::npos) continue;
        const std::string stat = contents(entry.path().string() + "/stat");
        const std::size_t end = stat.rfind(')');
        if (end == std::string::npos) continue;
        std::istringstream rest(stat.substr(end + 1));
        std::string state;
        pid_t parent = 0;
        rest >> state >> parent;
        if (parent == pid && state != "Z") children.push_back(static_cast<pid_t>(std::stol(name)));
    }
    return children;
}

bool exists(pid_t pid) {
    const std::string stat = contents("/proc/" + std::to_string(pid) + "/stat");
    const std::size_t end = stat.rfind(')');
    return end != std::string::npos && stat.substr(end + 2, 1) != "Z";
}

nlohmann::json without_measured(nlohmann::json trials) {
    for (nlohmann::json& trial : trials)
        for (const char* measured : {"seconds", "joules"}) trial.erase(measured);
    return trials;
}

}  // namespace o2v
