// Trials as JSON. Private to the room.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "search/study/study.hpp"

namespace o2v::reports {

using Json = nlohmann::ordered_json;

// null when it is not finite.
Json json_number(double value);
Json json_of(const Metrics& metrics);
Json json_of(const Assignment& params);
// The object of a leaderboard's array.
Json json_summary(const Trial& trial, const Study& study);
// Indented by two; bytes that are no UTF-8 become U+FFFD; ends with a line break.
std::string dumped(const Json& json);

}  // namespace o2v::reports
