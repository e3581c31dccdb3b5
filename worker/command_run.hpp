// One run of a program for a trial: its output as it comes, to the log and as epochs.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <variant>

#include "search/study/event.hpp"
#include "worker/process_group.hpp"
#include "worker/seen_epochs.hpp"

namespace o2v::worker {

struct Ended {
    int status = 0;  // as waitpid gives it
};
struct LeaveAsked {};
// What a run brings next. A Failure is of its output: a line that cannot be understood, a log that cannot be
// written.
using Next = std::variant<EpochSeen, Ended, Failure, LeaveAsked>;

class CommandRun {
  public:
    // Appends to both files: what it prints to the log, up to a size, and each epoch to those seen, before
    // next() has it. Throws std::system_error when the program cannot be started, or a file not be opened.
    CommandRun(const Launch& launch, Guard& guard, MetricReader reader, const std::string& log,
               const std::string& seen);
    ~CommandRun();  // stop(0)
    CommandRun(const CommandRun&) = delete;
    CommandRun& operator=(const CommandRun&) = delete;

    // The next thing, in the order of the output, Ended or Failure being the last; LeaveAsked when leaving()
    // is true, which is asked after each wake(). The output is read on meanwhile, until very many epochs
    // wait.
    Next next(const std::function<bool()>& leaving);
    void wake();  // from any thread
    // SIGTERM to the program and its group, and after `grace` SIGKILL. All of it is gone on return. What it
    // still prints is kept.
    void stop(std::chrono::milliseconds grace);

    // After the end: the last value of each metric, and the last lines of the output ("" = none).
    const Metrics& latest() const { return reader_.latest(); }
    std::string last_lines() const;

  private:
    using Clock = std::chrono::steady_clock;

    void follow();
    bool read_some();
    void keep(const char* data, std::size_t size);
    void take_line();
    void take_end(int status);
    void push(Next next);

    MetricReader reader_;
    SeenEpochs seen_;
    int log_ = -1;
    std::size_t logged_ = 0;
    std::string line_;               // the one that has not ended yet
    std::deque<std::string> lines_;  // the last ones
    Clock::time_point epoch_began_;
    bool understood_ = true;  // false after a Failure: the output is only logged

    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Next> waiting_;
    bool discarding_ = false;  // nobody asks for epochs any more
    bool gone_ = false;

    ProcessGroup group_;
    std::thread follower_;
};

}  // namespace o2v::worker
