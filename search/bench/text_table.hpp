// Tab-separated tables in gzip files: a line of column names, then rows. Private to the room.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "search/bench/gzip_lines.hpp"

namespace o2v::bench_search {

class TextTable {
  public:
    // Reads the line of names. Throws InputError when there is none, or a name is empty or repeated.
    explicit TextTable(const std::string& path);

    const std::vector<std::string>& names() const { return names_; }
    // The next row's cells, good until the next call; false after the last. Throws InputError when it has not
    // as many cells as there are names, or the file is damaged.
    bool next(std::vector<std::string_view>& cells);
    std::string where() const { return lines_.where(); }
    // The cell as a number; "nan" is one. Throws InputError, naming line and column, for anything else.
    double number(const std::vector<std::string_view>& cells, std::size_t column) const;

  private:
    GzipLines lines_;
    std::vector<std::string> names_;
    std::string line_;
};

// The text as a number, all of it, "nan" and "inf" included; false when it is none.
bool reads_as_number(std::string_view text, double& number);

}  // namespace o2v::bench_search
