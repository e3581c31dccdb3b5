// A program of ours as a person starts it.
#pragma once

#include <stdio.h>
#include <sys/wait.h>

#include <string>

namespace o2v {

struct ShellRun {
    int exit_code = -1;  // -1: it could not be started, or a signal ended it
    std::string output;  // of both streams
};

// `command`: the program's path and its arguments, as a shell reads them.
inline ShellRun run_program(const std::string& command) {
    ShellRun finished;
    FILE* pipe = popen((command + " 2>&1").c_str(), "r");
    if (pipe == nullptr) return finished;
    for (int c; (c = fgetc(pipe)) != EOF;) finished.output += static_cast<char>(c);
    const int status = pclose(pipe);
    if (WIFEXITED(status)) finished.exit_code = WEXITSTATUS(status);
    return finished;
}

}  // namespace o2v
