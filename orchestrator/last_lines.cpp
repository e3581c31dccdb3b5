#include "orchestrator/last_lines.hpp"

#include <algorithm>
#include <deque>
#include <fstream>

namespace o2v::orchestrator {

std::string last_lines(const std::string& path, int lines) {
    constexpr std::streamoff kMost = 8192;
    std::ifstream file(path, std::ios::ate);
    if (!file) return "";
    file.seekg(std::max<std::streamoff>(0, static_cast<std::streamoff>(file.tellg()) - kMost));
    std::deque<std::string> last;
    for (std::string line; std::getline(file, line);) {
        last.push_back(line);
        if (last.size() > static_cast<std::size_t>(lines)) last.pop_front();
    }
    std::string text;
    for (const std::string& line : last) text += (text.empty() ? "" : "\n") + line;
    return text;
}

}  // namespace o2v::orchestrator
