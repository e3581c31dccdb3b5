// A file's lines, one at a time, out of a buffer that grows only with the longest line.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/data/hash.hpp"

namespace o2v::data {

class LineReader {
  public:
    // Adds the file's bytes to `hash`, when that is not null, as they are read. Throws StorageError when the
    // file cannot be opened.
    explicit LineReader(std::string path, StreamHash* hash = nullptr);
    ~LineReader();
    LineReader(const LineReader&) = delete;
    LineReader& operator=(const LineReader&) = delete;

    // The next line without its end ("\n" or "\r\n"); false at the end of the file. The view holds until the
    // next call. Behind it stands '\n' or '\r', also where the file has no last line end, and at least
    // kPadding bytes may be read. Throws StorageError.
    bool next(std::string_view& line);
    // Would next() wait for whoever writes what is read, a person or a program?
    bool would_wait() const;
    std::int64_t bytes() const { return bytes_; }  // read so far; the file's after the last line
    // "path:17"
    std::string where() const { return path_ + ':' + std::to_string(line_number_); }

    static constexpr std::size_t kPadding = 64;  // simdjson asks for this many

  private:
    bool refill();

    std::string path_;
    StreamHash* hash_;
    int file_;
    std::vector<char> buffer_;
    std::size_t begin_ = 0, end_ = 0;  // unread bytes
    bool at_end_ = false;
    std::int64_t line_number_ = 0, bytes_ = 0;
};

}  // namespace o2v::data
