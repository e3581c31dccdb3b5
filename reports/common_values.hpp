// What the best trials have in common. Private to the room.
#pragma once

#include <string>

#include "reports/board.hpp"

namespace o2v::reports {

// "the best 6 of 60 have in common: enc_dim 128 to 256 (space 32 to 512), optimizer adam" or "": of the
// different configurations with a rank, the first tenth, at least five, and all that tie with the last of
// them; nothing while there are fewer than twice as many others. Named are parameters whose values lie closer
// together, or are all one, than a draw of as many of these configurations would give in one of 20 studies:
// the exact probability of a span of ranks (of an equal value) under draws without replacement is below 0.05
// over the number of parameters. `board` must hold all trials.
std::string common_line(const Board& board);

// Of k out of n different things in a row drawn without replacement: the probability that at most `span`
// neighbours hold them all. REQUIRES: 2 <= k <= span <= n.
double chance_of_span(std::size_t k, std::size_t span, std::size_t n);

}  // namespace o2v::reports
