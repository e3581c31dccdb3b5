// A log that is appended to. Private to the room.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <string_view>

#include "search/study/errors.hpp"

namespace o2v::orchestrator {

// A file that what a program prints is appended to. Throws StorageError.
class LogFile {
  public:
    explicit LogFile(const std::string& path)
        : file_(open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644)) {
        if (file_ < 0) throw storage_error(path, "cannot be written", errno);
    }
    ~LogFile() { close(file_); }
    LogFile(const LogFile&) = delete;
    LogFile& operator=(const LogFile&) = delete;
    int handle() const { return file_; }
    // As much of it as the disk takes: a log is no reason to end.
    void append(std::string_view text) const {
        while (!text.empty()) {
            const ssize_t written = write(file_, text.data(), text.size());
            if (written <= 0) return;
            text.remove_prefix(static_cast<std::size_t>(written));
        }
    }

  private:
    int file_;
};

}  // namespace o2v::orchestrator
