#include "search/bench/text_table.hpp"

#include <algorithm>
#include <charconv>

#include "search/study/errors.hpp"

namespace o2v::bench_search {
namespace {

void split(std::string_view line, std::vector<std::string_view>& cells) {
    cells.clear();
    for (std::size_t at = 0;;) {
        const std::size_t tab = line.find('\t', at);
        cells.push_back(line.substr(at, tab == line.npos ? line.npos : tab - at));
        if (tab == line.npos) return;
        at = tab + 1;
    }
}

}  // namespace

bool reads_as_number(std::string_view text, double& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size();
}

TextTable::TextTable(const std::string& path) : lines_(path) {
    if (!lines_.next(line_)) throw InputError(path, "", "is empty; a line of column names must come first");
    std::vector<std::string_view> cells;
    split(line_, cells);
    for (const std::string_view cell : cells) {
        if (cell.empty()) throw InputError(where(), "", "a column has no name");
        if (std::find(names_.begin(), names_.end(), cell) != names_.end())
            throw InputError(where(), std::string(cell), "is the name of two columns");
        names_.emplace_back(cell);
    }
}

bool TextTable::next(std::vector<std::string_view>& cells) {
    if (!lines_.next(line_)) return false;
    split(line_, cells);
    if (cells.size() != names_.size())
        throw InputError(where(), std::to_string(cells.size()) + " cells",
                         "there must be " + std::to_string(names_.size()) + ", one for each column");
    return true;
}

double TextTable::number(const std::vector<std::string_view>& cells, std::size_t column) const {
    double number = 0;
    if (!reads_as_number(cells[column], number))
        throw InputError(where() + ": " + names_[column], '"' + std::string(cells[column]) + '"',
                         "must be a number");
    return number;
}

}  // namespace o2v::bench_search
