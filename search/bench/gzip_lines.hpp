// The lines of a gzip file, one after the other, in constant memory.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace o2v::bench_search {

class GzipLines {
  public:
    // Throws InputError when the file cannot be opened.
    explicit GzipLines(std::string path);

    // The next line, without its end ("\n" or "\r\n"); false after the last one. Throws InputError when the
    // file is torn or damaged, or not gzip at all.
    bool next(std::string& line);
    // "path:17", of the line that next() gave last.
    std::string where() const;

  private:
    struct Close {
        void operator()(void* file) const;
    };
    bool fill();
    [[noreturn]] void damaged() const;

    std::string path_;
    std::unique_ptr<void, Close> file_;
    std::vector<char> buffer_;
    std::size_t at_ = 0, end_ = 0;
    std::int64_t line_ = 0;
};

}  // namespace o2v::bench_search
