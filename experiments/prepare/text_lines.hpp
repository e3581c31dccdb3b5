// Text files of one record a line.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace o2v::prepare {

// Calls `take(line, "path:number")` for every line that is not empty, its line end cut off. Gathers the
// InputErrors that `take` throws, up to 20, and throws them together at the end; InputError as well when the
// file cannot be read or holds no record.
void for_each_line(const std::string& path, bool heading,
                   const std::function<void(std::string_view line, const std::string& where)>& take);

std::vector<std::string> split_fields(std::string_view line, char separator);

}  // namespace o2v::prepare
