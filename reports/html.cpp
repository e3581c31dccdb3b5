#include "reports/html.hpp"

#include <nlohmann/json.hpp>

namespace o2v::reports {
namespace {

constexpr const char* kHead = R"html(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<style>
:root { color-scheme: light dark; --ground: #fff; --ink: #1b1f24; --quiet: #59636e; --line: #d5dae0; --head: #f2f4f7 }
@media (prefers-color-scheme: dark) { :root { --ground: #14171b; --ink: #e6e9ed; --quiet: #9aa4af; --line: #333a42; --head: #1d2228 } }
body { margin: 1.5rem; background: var(--ground); color: var(--ink); font: 15px/1.45 system-ui, sans-serif }
h1 { font-size: 1.3rem; margin: 0 }
p { color: var(--quiet); margin: .4rem 0 }
.wide { overflow-x: auto; margin: 1rem 0 }
table { border-collapse: collapse; font-variant-numeric: tabular-nums }
th, td { border-bottom: 1px solid var(--line); padding: .3rem .7rem; text-align: left; white-space: nowrap }
th { background: var(--head) }
.number { text-align: right }
)html";

constexpr const char* kSortable = R"css(th { padding: 0 }
th button { all: unset; box-sizing: border-box; width: 100%; padding: .3rem .7rem; cursor: pointer; font-weight: 600 }
th button:focus-visible { outline: 2px solid Highlight; outline-offset: -2px }
th[aria-sort=ascending] button::after { content: " \2191" }
th[aria-sort=descending] button::after { content: " \2193" }
)css";

// Numbers sort as such and before words; "=3" is 3, and what is absent comes last either way.
constexpr const char* kSort = R"html(<script>
for (const head of document.querySelectorAll('th')) head.firstChild.onclick = () => {
  const up = head.getAttribute('aria-sort') !== 'ascending', body = document.querySelector('tbody');
  const key = (row) => {
    const text = row.cells[head.cellIndex].textContent, number = parseFloat(text.replace(/^=/, ''));
    return text === '-' || text === '' || text === 'nan' ? [2, 0] : isNaN(number) ? [1, text] : [0, number];
  };
  const order = (a, b) => {
    const x = key(a), y = key(b);
    if (x[0] !== y[0]) return x[0] - y[0];
    const least = x[1] < y[1] ? -1 : x[1] > y[1] ? 1 : 0;
    return up || x[0] === 2 ? least : -least;
  };
  body.append(...[...body.rows].sort(order));
  for (const other of document.querySelectorAll('th')) other.removeAttribute('aria-sort');
  head.setAttribute('aria-sort', up ? 'ascending' : 'descending');
};
</script>
)html";

// A round trip through JSON replaces what is no UTF-8.
std::string valid_utf8(const std::string& text) {
    const nlohmann::json json(text);
    return nlohmann::json::parse(json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace))
        .get<std::string>();
}

}  // namespace

std::string html_escaped(const std::string& text) {
    std::string result;
    for (const char c : valid_utf8(text)) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '&')
            result += "&amp;";
        else if (c == '<')
            result += "&lt;";
        else if (c == '>')
            result += "&gt;";
        else if (c == '"')
            result += "&quot;";
        else if (c == '\'')
            result += "&#39;";
        else if ((byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7F)
            result += "\xEF\xBF\xBD";
        else
            result += c;
    }
    return result;
}

std::string html_head(const std::string& title, const std::string& style) {
    return kHead + style + "</style>\n<title>" + html_escaped(title) + "</title>\n</head>\n<body>\n<h1>" +
           html_escaped(title) + "</h1>\n";
}

std::string html_page(const std::string& title, const std::string& subtitle,
                      const std::vector<Column>& columns, const std::vector<std::string>& sentences) {
    std::string page = html_head(title, kSortable);
    page += "<p>" + html_escaped(subtitle) + "</p>\n<div class=\"wide\">\n<table>\n<thead>\n<tr>";
    for (const Column& column : columns)
        page += std::string("<th scope=\"col\"><button") + (column.right ? " class=\"number\"" : "") + ">" +
                html_escaped(column.head) + "</button></th>";
    page += "</tr>\n</thead>\n<tbody>\n";
    const std::size_t rows = columns.empty() ? 0 : columns.front().cells.size();
    for (std::size_t row = 0; row < rows; ++row) {
        page += "<tr>";
        for (const Column& column : columns)
            page +=
                (column.right ? "<td class=\"number\">" : "<td>") + html_escaped(column.cells[row]) + "</td>";
        page += "</tr>\n";
    }
    page += "</tbody>\n</table>\n</div>\n";
    for (const std::string& sentence : sentences) page += "<p>" + html_escaped(sentence) + "</p>\n";
    return page + kSort + "</body>\n</html>\n";
}

}  // namespace o2v::reports
