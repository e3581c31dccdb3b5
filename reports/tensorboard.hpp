// A study as TensorBoard reads it: event files, one a trial with a scalar a metric and epoch, and one with
// the hyperparameters' ranges, from which TensorBoard makes its HPARAMS tab.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "search/study/study.hpp"

namespace o2v::reports {

// CRC-32C (Castagnoli; RFC 3720, appendix B.4).
std::uint32_t crc32c(std::string_view bytes);
// A TFRecord: length, its masked checksum, the bytes, their masked checksum.
std::string tf_record(std::string_view bytes);

// The file of one trial. A metric "validation:accuracy" is the tag "validation/accuracy", so that TensorBoard
// groups it; steps are epochs, values 32-bit floats, as all of TensorBoard's scalars are. `reported[i]`: when
// epoch i was reported, in seconds since 1970; `started` is the trial's own time.
std::string trial_events(const Study& study, const Trial& trial, double started,
                         const std::vector<double>& reported);
// The file of the study itself, for the folder that holds the trials' folders.
std::string study_events(const Study& study, double started);

}  // namespace o2v::reports
