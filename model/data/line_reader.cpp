#include "model/data/line_reader.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "search/study/errors.hpp"

namespace o2v::data {
namespace {

constexpr std::size_t kBlock = std::size_t{1} << 20;

// Standard input as it stands: opened by its name, a file would begin anew, and a socket cannot be opened.
int opened(const std::string& path) {
    return path == "/dev/stdin" ? ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
                                : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
}

}  // namespace

LineReader::LineReader(std::string path, StreamHash* hash)
    : path_(std::move(path)), hash_(hash), file_(opened(path_)), buffer_(kBlock + kPadding) {
    if (file_ < 0) throw StorageError(path_ + ": cannot open: " + std::strerror(errno));
    struct stat status {};
    if (::fstat(file_, &status) == 0 && S_ISDIR(status.st_mode)) {
        ::close(file_);
        throw StorageError(path_ + ": cannot read: is a directory");
    }
}

LineReader::~LineReader() {
    ::close(file_);
}

// Moves the unread bytes to the front and reads behind them; false when the file has no more.
bool LineReader::refill() {
    if (at_end_) return false;
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
    if (buffer_.size() - kPadding == end_) buffer_.resize(2 * end_ + kPadding);
    for (;;) {
        const ssize_t got = ::read(file_, buffer_.data() + end_, buffer_.size() - kPadding - end_);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) throw StorageError(path_ + ": cannot read: " + std::strerror(errno));
        at_end_ = got == 0;
        if (hash_ != nullptr) hash_->add(buffer_.data() + end_, static_cast<std::size_t>(got));
        end_ += static_cast<std::size_t>(got);
        bytes_ += got;
        return !at_end_;
    }
}

bool LineReader::would_wait() const {
    if (at_end_ || std::memchr(buffer_.data() + begin_, '\n', end_ - begin_) != nullptr) return false;
    pollfd file{file_, POLLIN, 0};
    return ::poll(&file, 1, 0) == 0;
}

bool LineReader::next(std::string_view& line) {
    std::size_t searched = 0;
    for (;;) {
        const char* const start = buffer_.data() + begin_;
        const void* const found = std::memchr(start + searched, '\n', end_ - begin_ - searched);
        std::size_t length = end_ - begin_;
        if (found == nullptr) {
            searched = length;
            if (refill()) continue;
            if (length == 0) return false;
            buffer_[end_] = '\n';
        } else {
            length = static_cast<std::size_t>(static_cast<const char*>(found) - start);
        }
        line = {buffer_.data() + begin_, length};
        begin_ += length + (found == nullptr ? 0 : 1);
        ++line_number_;
        if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
        return true;
    }
}

}  // namespace o2v::data
