// Text of a bounded length. Private to the room.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace o2v::orchestrator {

// At most so many bytes from its begin, of UTF-8 no part of a character.
inline std::string_view cut_text(std::string_view text, std::size_t most) {
    std::size_t end = std::min(text.size(), most);
    while (end < text.size() && end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
    return text.substr(0, end);
}

}  // namespace o2v::orchestrator
