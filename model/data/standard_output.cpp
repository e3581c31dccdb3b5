#include "model/data/standard_output.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "search/study/errors.hpp"

namespace o2v::data {
namespace {

bool somebody_reads() {
    pollfd output{STDOUT_FILENO, POLLOUT, 0};
    return ::poll(&output, 1, 0) < 0 || (output.revents & (POLLERR | POLLHUP)) == 0;
}

}  // namespace

void keep_standard_streams() {
    int file = ::open("/dev/null", O_RDWR);
    while (file >= 0 && file <= STDERR_FILENO) file = ::dup(file);
    ::close(file);
}

void print(std::string_view text) {
    errno = 0;
    if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size()) return flush_standard_output();
    if (somebody_reads()) throw storage_error("standard output", "cannot be written", errno);
}

void flush_standard_output() {
    errno = 0;
    const bool flushed = std::fflush(stdout) == 0;
    if ((flushed && std::ferror(stdout) == 0) || !somebody_reads()) return;
    throw storage_error("standard output", "cannot be written", errno == 0 ? EIO : errno);
}

}  // namespace o2v::data
