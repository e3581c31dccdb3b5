#include "worker/command_run.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include "search/study/errors.hpp"

namespace o2v::worker {
namespace {

constexpr std::size_t kMostWaiting = 10'000;    // epochs; beyond them the program waits in its output
constexpr std::size_t kLongestLine = 64 << 10;  // what is longer is taken as several
constexpr std::size_t kMostLogged = 64 << 20;   // of one attempt
constexpr std::size_t kLines = 5, kLineShown = 500;

int open_log(const std::string& path) {
    const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (fd < 0) throw std::system_error(errno, std::generic_category(), path);
    return fd;
}

}  // namespace

CommandRun::CommandRun(const Launch& launch, Guard& guard, MetricReader reader, const std::string& log,
                       const std::string& seen)
    : reader_(std::move(reader)), seen_(seen), epoch_began_(Clock::now()), group_(launch, guard) {
    log_ = open_log(log);
    follower_ = std::thread([this] { follow(); });
}

CommandRun::~CommandRun() {
    stop(std::chrono::milliseconds(0));
    follower_.join();
    close(log_);
}

Next CommandRun::next(const std::function<bool()>& leaving) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !waiting_.empty() || leaving(); });
    if (waiting_.empty()) return LeaveAsked{};
    Next first = std::move(waiting_.front());
    waiting_.pop_front();
    changed_.notify_all();
    return first;
}

void CommandRun::wake() {
    const std::lock_guard lock(mutex_);
    changed_.notify_all();
}

void CommandRun::stop(std::chrono::milliseconds grace) {
    std::unique_lock lock(mutex_);
    discarding_ = true;
    changed_.notify_all();
    const auto gone = [this] { return gone_; };
    if (!gone_ && grace.count() > 0) {
        group_.signal(SIGTERM);
        group_.signal(SIGCONT);
        changed_.wait_for(lock, grace, gone);
    }
    if (!gone_) group_.signal(SIGKILL);
    changed_.wait(lock, gone);
}

std::string CommandRun::last_lines() const {
    std::string text;
    for (const std::string& line : lines_) text += (text.empty() ? "" : "\n") + line;
    return text;
}

// The thread that reads: until the program has ended, and then what is left in the pipe.
void CommandRun::follow() {
    std::array<pollfd, 2> ready{pollfd{group_.output(), POLLIN, 0}, pollfd{group_.exited(), POLLIN, 0}};
    while (ready[1].revents == 0) {
        if (poll(ready.data(), ready.size(), -1) < 0) continue;
        if (ready[0].revents != 0 && !read_some()) ready[0].fd = -1;
    }
    const int status = group_.end();
    while (read_some()) {
    }
    if (!line_.empty()) take_line();
    take_end(status);
    const std::lock_guard lock(mutex_);
    gone_ = true;
    changed_.notify_all();
}

// False when there is no more, or nothing yet.
bool CommandRun::read_some() {
    std::array<char, 1 << 16> chunk;
    const ssize_t size = read(group_.output(), chunk.data(), chunk.size());
    if (size < 0 && errno == EINTR) return true;
    if (size <= 0) return false;
    keep(chunk.data(), static_cast<std::size_t>(size));
    for (const char c : std::string_view(chunk.data(), static_cast<std::size_t>(size))) {
        const bool ends = c == '\n' || c == '\r';  // progress bars go back to the line's beginning
        if (!ends) line_ += c;
        if ((ends && !line_.empty()) || line_.size() >= kLongestLine) take_line();
    }
    return true;
}

void CommandRun::keep(const char* data, std::size_t size) {
    if (logged_ >= kMostLogged) return;
    logged_ += size;
    for (std::size_t done = 0; done < size;) {
        const ssize_t written = write(log_, data + done, size - done);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) {
            logged_ = kMostLogged;
            push(Failure{FailureKind::crashed,
                         std::string("output.log cannot be written: ") + std::strerror(errno)});
            return;
        }
        done += static_cast<std::size_t>(written);
    }
    constexpr std::string_view kCut = "\n[what the program printed beyond 64 MiB is not kept]\n";
    if (logged_ >= kMostLogged && write(log_, kCut.data(), kCut.size()) < 0) return;
}

void CommandRun::take_line() {
    lines_.push_back(line_.substr(0, kLineShown));
    if (lines_.size() > kLines) lines_.pop_front();
    const std::string line = std::exchange(line_, {});
    if (!understood_) return;
    try {
        std::optional<EpochLine> epoch = reader_.read(line);
        if (!epoch) return;
        const auto now = Clock::now();
        const auto elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(now - epoch_began_);
        epoch_began_ = now;
        EpochSeen seen{*std::move(epoch), elapsed};
        seen_.add(seen);
        push(std::move(seen));
    } catch (const InputError& e) {
        understood_ = false;
        push(Failure{FailureKind::bad_config, e.what()});
    } catch (const std::system_error& e) {
        understood_ = false;
        push(Failure{FailureKind::crashed, e.what()});
    }
}

// One that was asked to leave may have ended well without having come to its end.
void CommandRun::take_end(int status) {
    bool asked = false;
    {
        const std::lock_guard lock(mutex_);
        asked = discarding_;
    }
    try {
        if (understood_ && !asked && WIFEXITED(status) && WEXITSTATUS(status) == 0)
            seen_.end(reader_.latest());
        push(Ended{status});
    } catch (const std::system_error& e) {
        push(Failure{FailureKind::crashed, e.what()});
    }
}

void CommandRun::push(Next next) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return discarding_ || waiting_.size() < kMostWaiting; });
    if (discarding_) return;
    waiting_.push_back(std::move(next));
    changed_.notify_all();
}

}  // namespace o2v::worker
