// Tables as a page. Private to the room.
#pragma once

#include <string>
#include <vector>

#include "reports/table.hpp"

namespace o2v::reports {

// &, <, >, " and ' as entities; bytes that are no UTF-8 and control characters, which HTML does not allow,
// become U+FFFD.
std::string html_escaped(const std::string& text);
// The beginning of every page, down to its headline, the title: colours (--ground, --ink, --quiet, --line,
// --head) light or dark as the reader's system is, tables, nothing from elsewhere; and the page's own style.
std::string html_head(const std::string& title, const std::string& style);
// A whole page that needs nothing else: a table whose columns sort at a click on their heads, sentences
// below it. Titles, cells and sentences are escaped here.
std::string html_page(const std::string& title, const std::string& subtitle,
                      const std::vector<Column>& columns, const std::vector<std::string>& sentences);

}  // namespace o2v::reports
