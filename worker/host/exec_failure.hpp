// What a child does when its program cannot be executed.
#pragma once

#include <unistd.h>

namespace o2v::worker {

// A base of launch initializers of Boost.Process: the child ends there and then. Boost would call exit(),
// which runs this process's destructors and writes its buffers in the child: a copy of it that removes files
// and prints twice. The parent has been told the error before.
struct EndsOnExecFailure {
    template <class... Arguments>
    void on_exec_error(Arguments&&...) const {
        constexpr int kNotExecuted = 127;
        _exit(kNotExecuted);
    }
};

}  // namespace o2v::worker
