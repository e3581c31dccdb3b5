// Leaderboards for programs. Private to the room.
#pragma once

#include <string>

#include "reports/board.hpp"

namespace o2v::reports {

std::string board_csv(const Board& board, const LeaderboardOptions& options);
std::string board_json(const Board& board, const LeaderboardOptions& options);

}  // namespace o2v::reports
