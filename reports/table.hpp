// A table for a terminal or for Markdown. Private to the room.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace o2v::reports {

struct Column {
    std::string head;
    bool right = true;  // numbers to the right, words to the left
    std::vector<std::string> cells{};
};

// Characters as a terminal shows them: UTF-8 sequences count once.
std::size_t shown_width(const std::string& text);

// Aligned columns, two spaces apart, no blanks at a line's end; each line starts with `indent`. REQUIRES: the
// columns have equally many cells.
std::string text_table(const std::vector<Column>& columns, const std::string& indent = "");
std::string markdown_table(const std::vector<Column>& columns);

// Takes out of `columns`, from number `keep` on, those that would make a text table wider than `width`,
// earlier ones staying first. Returns the heads of those taken out.
std::vector<std::string> fit(std::vector<Column>& columns, std::size_t keep, std::size_t width);

}  // namespace o2v::reports
