// The quick reading of the usual way to write a pair. For pair_line.cpp only.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace o2v::data {

// Reads a line that is written in the usual way: one object of exactly "label", "in0" and "in1", each once,
// in any order, keys unescaped; ids of plain digits; a label of at most 15 digits with or without a point;
// between them spaces and tabs. True promises that a JSON parser reads the same; false promises nothing, and
// leaves `label` and `ids` unspecified. The numbers' grammar is JSON's: no leading zeros, no sign before an
// id. REQUIRES: '\n' or '\r' stands behind the line and 8 bytes more may be read.
bool read_canonical(std::string_view line, double& label, std::vector<std::int32_t> (&ids)[2]);

}  // namespace o2v::data
