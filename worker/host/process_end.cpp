#include "worker/host/process_end.hpp"

#include <sys/wait.h>

#include <cstring>

namespace o2v::worker {

std::string describe_end(int status) {
    if (WIFSIGNALED(status))
        return "was killed by signal " + std::to_string(WTERMSIG(status)) + " (" +
               strsignal(WTERMSIG(status)) + ")";
    return "ended with exit code " + std::to_string(WEXITSTATUS(status));
}

}  // namespace o2v::worker
