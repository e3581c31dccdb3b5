// Lines at the bottom of a terminal that are drawn again in place, while others scroll by above.
#pragma once

#include <string>
#include <vector>

#include "orchestrator/observer.hpp"

namespace o2v::orchestrator {

class TerminalBlock {
  public:
    // What to write, in one go: `above` scrolls, the block is drawn anew as `lines` (none: it is gone).
    // Nothing of the block wraps, and the cursor waits at its end. `size`: of the terminal now; it may have
    // changed since.
    std::string redraw(const std::vector<std::string>& above, std::vector<std::string> lines,
                       TerminalSize size);
    const std::vector<std::string>& lines() const { return lines_; }
    // What takes the block away and leaves the cursor on an empty line; "" when there is none.
    std::string clear(TerminalSize size) { return lines_.empty() ? "" : redraw({}, {}, size); }

  private:
    std::vector<std::string> lines_;  // as drawn
};

}  // namespace o2v::orchestrator
