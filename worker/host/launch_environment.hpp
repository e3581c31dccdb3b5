// What programs started through Boost.Process have in common.
#pragma once

#include <unistd.h>

#include <boost/process/v2/error.hpp>
#include <string>
#include <utility>
#include <vector>

namespace o2v::worker {

// A base of launch initializers of Boost.Process: the environment of the program. (Boost 1.81's own
// process_environment does not link.) When the program cannot be executed the child ends there and then:
// Boost would call exit(), which runs this process's destructors and writes its buffers in the child, a copy
// that removes files and prints twice. The parent has been told the error before.
class LaunchEnvironment {
  public:
    explicit LaunchEnvironment(std::vector<std::string> entries) : entries_(std::move(entries)) {
        for (const std::string& entry : entries_) pointers_.push_back(entry.c_str());
        pointers_.push_back(nullptr);
    }
    LaunchEnvironment(const LaunchEnvironment&) = delete;
    LaunchEnvironment& operator=(const LaunchEnvironment&) = delete;

    template <class Launcher, class Path>
    boost::process::v2::error_code on_setup(Launcher& launcher, const Path&, const char* const*) {
        launcher.env = pointers_.data();
        return {};
    }
    template <class... Arguments>
    void on_exec_error(Arguments&&...) const {
        constexpr int kNotExecuted = 127;
        _exit(kNotExecuted);
    }

  private:
    std::vector<std::string> entries_;
    std::vector<const char*> pointers_;  // into it, null at the end
};

}  // namespace o2v::worker
