// Hashes of assignments and of trials, good within one process. Private to the room.
#pragma once

#include <cstdint>

#include "search/study/study.hpp"

namespace o2v {

std::uint64_t fingerprint(const Assignment& params);
// Of the trial's number, the epoch and the metrics.
std::uint64_t fingerprint(TrialId trial, const Measurement& measurement);
// Of the parameters, the curve's metrics and the ending.
std::uint64_t fingerprint(const Trial& trial);

}  // namespace o2v
