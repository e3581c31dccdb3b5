// How good a model is on labelled pairs.
#pragma once

#include "worker/answers/options/item_options.hpp"

namespace o2v::answers {

// Throws InputError, StorageError.
void evaluate(const EvaluateOptions& options);

}  // namespace o2v::answers
