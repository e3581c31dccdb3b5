#pragma once

#include <string>

namespace o2v::orchestrator {

// As a gzip file (RFC 1952), at the fastest level: of JSON about a tenth is left.
std::string gzipped(const std::string& text);

}  // namespace o2v::orchestrator
