#include "reports/table.hpp"

#include <algorithm>

namespace o2v::reports {
namespace {

constexpr std::size_t kGap = 2;

std::size_t width_of(const Column& column) {
    std::size_t width = shown_width(column.head);
    for (const std::string& cell : column.cells) width = std::max(width, shown_width(cell));
    return width;
}

std::string padded(const std::string& text, std::size_t width, bool right) {
    const std::string blanks(width - shown_width(text), ' ');
    return right ? blanks + text : text + blanks;
}

std::string escaped(const std::string& text) {
    std::string result;
    for (const char c : text) {
        if (c == '|') result += '\\';
        result += c == '\n' ? ' ' : c;
    }
    return result;
}

}  // namespace

std::size_t shown_width(const std::string& text) {
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string text_table(const std::vector<Column>& columns, const std::string& indent) {
    std::string table;
    const std::size_t rows = columns.empty() ? 0 : columns.front().cells.size();
    std::vector<std::size_t> widths;
    for (const Column& column : columns) widths.push_back(width_of(column));
    for (std::size_t row = 0; row <= rows; ++row) {
        std::string line = indent;
        for (std::size_t c = 0; c < columns.size(); ++c) {
            const std::string& cell = row == 0 ? columns[c].head : columns[c].cells[row - 1];
            if (c > 0) line.append(kGap, ' ');
            line += padded(cell, widths[c], columns[c].right);
        }
        line.erase(line.find_last_not_of(' ') + 1);
        table += line + '\n';
    }
    return table;
}

std::string markdown_table(const std::vector<Column>& columns) {
    std::string heads = "|";
    std::string rule = "|";
    for (const Column& column : columns) {
        heads += ' ' + escaped(column.head) + " |";
        rule += column.right ? " ---: |" : " :--- |";
    }
    std::string table = heads + '\n' + rule + '\n';
    for (std::size_t row = 0; row < columns.front().cells.size(); ++row) {
        table += '|';
        for (const Column& column : columns) table += ' ' + escaped(column.cells[row]) + " |";
        table += '\n';
    }
    return table;
}

std::vector<std::string> fit(std::vector<Column>& columns, std::size_t keep, std::size_t width) {
    std::vector<std::string> left_out;
    std::vector<Column> fitting;
    std::size_t used = 0;
    for (Column& column : columns) {
        const std::size_t needed = width_of(column) + (fitting.empty() ? 0 : kGap);
        if (fitting.size() >= keep && used + needed > width) {
            left_out.push_back(column.head);
            continue;
        }
        used += needed;
        fitting.push_back(std::move(column));
    }
    columns = std::move(fitting);
    return left_out;
}

}  // namespace o2v::reports
