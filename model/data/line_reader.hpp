// A file's lines, one at a time, out of a buffer that grows only with the longest line.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace o2v::data {

class LineReader {
  public:
    // Throws StorageError when the file cannot be opened.
    explicit LineReader(std::string path);
    ~LineReader();
    LineReader(const LineReader&) = delete;
    LineReader& operator=(const LineReader&) = delete;

    // The next line without its end ("\n" or "\r\n"); false at the end of the file. The view holds until the
    // next call, and at least kPadding bytes behind it may be read. Throws StorageError.
    bool next(std::string_view& line);
    std::int64_t line_number() const { return line_number_; }  // of the last line, from 1
    // "path:17"
    std::string where() const { return path_ + ':' + std::to_string(line_number_); }

    static constexpr std::size_t kPadding = 64;  // simdjson asks for this many

  private:
    bool refill();

    std::string path_;
    int file_;
    std::vector<char> buffer_;
    std::size_t begin_ = 0, end_ = 0;  // unread bytes
    bool at_end_ = false;
    std::int64_t line_number_ = 0;
};

}  // namespace o2v::data
