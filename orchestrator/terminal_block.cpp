#include "orchestrator/terminal_block.hpp"

#include <algorithm>

#include "orchestrator/live_view.hpp"

namespace o2v::orchestrator {
namespace {

constexpr const char* kToLineStart = "\r";
constexpr const char* kClearBelow = "\033[J";
constexpr const char* kNoWrap = "\033[?7l";
constexpr const char* kWrap = "\033[?7h";

std::size_t characters(const std::string& text) {
    return static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

}  // namespace

std::string TerminalBlock::redraw(const std::vector<std::string>& above, std::vector<std::string> lines,
                                  TerminalSize size) {
    // A terminal that has become narrower has wrapped what was there.
    const auto columns = static_cast<std::size_t>(std::max(size.columns, 1));
    std::size_t rows = 0;
    for (const std::string& line : lines_)
        rows += std::max<std::size_t>(1, (characters(line) + columns - 1) / columns);
    rows = std::min(rows, static_cast<std::size_t>(std::max(size.rows, 1)));
    std::string text = kToLineStart;
    if (rows > 1) text += "\033[" + std::to_string(rows - 1) + "A";
    text += kClearBelow;
    for (const std::string& line : above) text += line + '\n';
    lines_ = std::move(lines);
    if (lines_.empty()) return text;
    text += kNoWrap;
    for (std::size_t i = 0; i < lines_.size(); ++i) {
        lines_[i] = fit(lines_[i], size.columns - 1);
        text += (i > 0 ? "\n" : "") + lines_[i];
    }
    return text + kWrap;
}

}  // namespace o2v::orchestrator
