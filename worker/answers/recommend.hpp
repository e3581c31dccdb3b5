// The in1 that go best with an in0.
#pragma once

#include "worker/answers/options/item_options.hpp"

namespace o2v::answers {

// Throws InputError, StorageError.
void recommend(const RecommendOptions& options);

}  // namespace o2v::answers
