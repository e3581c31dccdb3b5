#include "search/bench/gzip_lines.hpp"

#include <zlib.h>

#include <algorithm>
#include <utility>

#include "search/study/errors.hpp"

namespace o2v::bench_search {
namespace {

constexpr std::size_t kBuffer = std::size_t{1} << 16;

gzFile as_gzip(void* file) {
    return static_cast<gzFile>(file);
}

}  // namespace

void GzipLines::Close::operator()(void* file) const {
    gzclose_r(as_gzip(file));
}

GzipLines::GzipLines(std::string path)
    : path_(std::move(path)), file_(gzopen(path_.c_str(), "rb")), buffer_(kBuffer) {
    if (!file_) throw InputError(path_, "", "cannot be opened");
}

bool GzipLines::next(std::string& line) {
    line.clear();
    while (at_ < end_ || fill()) {
        const auto begin = buffer_.begin() + static_cast<std::ptrdiff_t>(at_);
        const auto end = buffer_.begin() + static_cast<std::ptrdiff_t>(end_);
        const auto newline = std::find(begin, end, '\n');
        line.append(begin, newline);
        at_ = static_cast<std::size_t>(newline - buffer_.begin());
        if (newline == end) continue;
        ++at_;
        ++line_;
        if (line.ends_with('\r')) line.pop_back();
        return true;
    }
    if (line.empty()) return false;
    ++line_;
    return true;
}

bool GzipLines::fill() {
    const int got = gzread(as_gzip(file_.get()), buffer_.data(), static_cast<unsigned>(buffer_.size()));
    int code = Z_OK;
    gzerror(as_gzip(file_.get()), &code);
    // A file of another kind is handed through as it is ("direct"); one that is torn ends with an error.
    if (got < 0 || (code != Z_OK && code != Z_STREAM_END)) damaged();
    if (got > 0 && gzdirect(as_gzip(file_.get())) != 0) throw InputError(path_, "", "is not a gzip file");
    at_ = 0;
    end_ = static_cast<std::size_t>(got);
    return got > 0;
}

void GzipLines::damaged() const {
    throw InputError(where(), "", "the gzip file is torn or damaged after this line");
}

std::string GzipLines::where() const {
    return path_ + ":" + std::to_string(line_);
}

}  // namespace o2v::bench_search
