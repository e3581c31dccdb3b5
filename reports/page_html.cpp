#include <string>
#include <string_view>

#include "reports/page.hpp"
#include "reports/page_bytes.hpp"

namespace o2v::reports {
namespace {

constexpr std::string_view kPlace = "<!--o2v:document-->";

// JSON that may stand in an HTML file whatever its texts are: "<", which begins "</script" and "<!--", occurs
// only within texts, where an escape means the same.
std::string harmless(const std::string& json) {
    std::string text;
    text.reserve(json.size() + json.size() / 64);
    for (std::size_t i = 0; i < json.size(); ++i) {
        const std::string_view rest = std::string_view(json).substr(i, 3);
        if (json[i] == '<') {
            text += "\\u003c";
        } else if (rest == "\xe2\x80\xa8" || rest == "\xe2\x80\xa9") {  // U+2028 and U+2029
            text += rest.back() == '\xa8' ? "\\u2028" : "\\u2029";
            i += 2;
        } else {
            text += json[i];
        }
    }
    return text;
}

}  // namespace

std::string page_html(const std::string& document) {
    const std::string_view page = page_bytes();
    if (document.empty()) return std::string(page);
    const std::size_t place = page.find(kPlace);
    std::string html(page.substr(0, place));
    html += R"(<script type="application/json" id="document">)";
    html += harmless(document);
    html += "</script>";
    html += page.substr(place + kPlace.size());
    return html;
}

bool page_has_figures() {
    return page_bytes().find("data-figures=\"yes\"") != std::string_view::npos;
}

}  // namespace o2v::reports
