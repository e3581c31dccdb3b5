// Private to the room.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "search/study/assignment.hpp"

namespace o2v::reports {

// One line of RFC 4180's, ended by LF.
std::string csv_line(const std::vector<std::string>& fields);

// Fields in full precision: "nan", "inf"; "" for nothing.
std::string csv_field(const std::optional<double>& number);
std::string csv_field(const Assignment& params, const std::string& name);

}  // namespace o2v::reports
