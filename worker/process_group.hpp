// A program that runs in a process group of its own.
#pragma once

#include <sys/types.h>

#include <mutex>
#include <string>
#include <vector>

#include "worker/guard.hpp"

namespace o2v::worker {

struct Launch {
    std::vector<std::string> arguments;    // the program first: a path, or a name found on PATH
    std::vector<std::string> environment;  // "NAME=value", all of it
    std::string folder;                    // where it runs, and where a relative path begins
};

// Standard input is empty; signals are as in a fresh process. The program dies with the thread that started
// it, and all that it has started with the process (`guard`) or with end().
class ProcessGroup {
  public:
    // Does not own the guard. Throws std::system_error when the program cannot be started.
    ProcessGroup(const Launch& launch, Guard& guard);
    ~ProcessGroup();  // end(), where it has not been called
    ProcessGroup(const ProcessGroup&) = delete;
    ProcessGroup& operator=(const ProcessGroup&) = delete;

    // What it prints on standard output and standard error, as it comes; does not block.
    int output() const { return output_; }
    // Can be read from (poll) when the program has ended; others of its group may live on.
    int exited() const { return exited_; }
    // To the whole group. From any thread; no effect after end().
    void signal(int number);
    // Kills what is left of the group and everything that came of it, and waits until all of it is gone.
    // Returns the program's status as waitpid does.
    int end();

  private:
    Guard& guard_;
    std::mutex mutex_;
    pid_t pid_ = -1;  // -1 once it is gone
    int output_ = -1, exited_ = -1;
    int status_ = 0;
};

}  // namespace o2v::worker
