// The training pairs of a refit: those of train and validation in one file.
#pragma once

#include <string>

#include "model/data/dataset.hpp"

namespace o2v::orchestrator {

// JSON Lines of all of `train` and then of `validation` (`only_positive`: those of it that are not labelled
// 0), the same bytes for the same pairs; there whole or not at all. Throws StorageError.
void write_refit_pairs(const data::Dataset& train, const data::Dataset& validation, bool only_positive,
                       const std::string& path);

}  // namespace o2v::orchestrator
