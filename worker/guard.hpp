// Nothing that a worker has started outlives it, even when it is killed.
#pragma once

#include <sys/types.h>

#include <string>

namespace o2v::worker {

// A small process that waits for this one's end, however it comes, on a pipe, and then kills the process
// group that it was told of last and whatever else carries mark() in its environment, groups and sessions of
// its own notwithstanding. It has a session of its own, so that no signal to a terminal's or a group's
// processes reaches it. Not thread-safe.
class Guard {
  public:
    Guard() = default;
    ~Guard();
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;

    // To be called before each program that is to be guarded: starts the guard where there is none (any
    // more). Throws std::system_error.
    void stand();
    // Where a child writes its process id (an int), that of its group, before it becomes the program.
    int pipe() const { return pipe_; }
    // The program and all it has started are gone.
    void rest();
    // What is to be guarded has this somewhere in its environment.
    std::string mark() const;

  private:
    bool tell(pid_t group);

    int pipe_ = -1;
};

}  // namespace o2v::worker
