// A pairs file's figures, for people and for programs.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "model/data/dataset.hpp"

namespace o2v::orchestrator {

// Aligned lines, each with its end. Where the limits name no max_seq_len, what one would cut is shown for
// some quantiles of the lengths.
std::string statistics_text(const std::string& path, const data::Statistics& statistics,
                            const data::Limits& limits);

// One object; "classes" and "positives_share" are null where the labels are no classes, no 0 and 1.
nlohmann::json statistics_json(const std::string& path, const data::Statistics& statistics,
                               const data::Limits& limits);

}  // namespace o2v::orchestrator
